"""Turns one cell into the text that Postgres reads, or says why it cannot.

A parser is a function from a cell to canonical text that raises `ValueError` with a reason for operators.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingestion.contract import Column, ColumnType, NumberFormat
from ingestion.values.cells import MISSING, Cell, Parser, printable, shown
from ingestion.values.figures import integer_parser, number_parser
from ingestion.values.moments import date_parser, timestamp_parser
from ingestion.values.texts import boolean_parser, text_parser

__all__ = ["Cell", "Parser", "parser_for", "printable", "shown"]


def parser_for(column: Column, number_format: NumberFormat, empty_words: Sequence[str] = ()) -> Parser:
    """The parser of a column's cells.

    Numbers come back as plain digits with a dot, dates as YYYY-MM-DD, timestamps as YYYY-MM-DD HH:MM:SS with
    up to six decimals, booleans as true or false, text trimmed. A cell that is empty, or one of
    `empty_words`, is None where the column may be null, and refused where it may not.
    """
    parse = _parser(column, number_format)
    empty = frozenset(empty_words)

    def parse_or_null(cell: Cell) -> str | None:
        if cell is None or (isinstance(cell, str) and ((text := cell.strip()) in empty or not text)):
            if column.required:
                raise ValueError(MISSING)
            return None
        return parse(cell)

    return parse if column.required and not empty else parse_or_null


def _parser(column: Column, number_format: NumberFormat) -> Parser:
    match column.type:
        case ColumnType.TEXT:
            return text_parser(column)
        case ColumnType.NUMERIC:
            return number_parser(column, number_format)
        case ColumnType.INTEGER | ColumnType.BIGINT:
            return integer_parser(column, number_format)
        case ColumnType.BOOLEAN:
            return boolean_parser()
        case ColumnType.DATE:
            return date_parser(column)
        case ColumnType.TIMESTAMP:
            return timestamp_parser(column)
