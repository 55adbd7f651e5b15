"""Turns one cell into the text that Postgres reads, or says why it cannot.

A parser is a function from a cell to canonical text that raises `Refused` with a reason for operators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingestion.contract.model import Column, ColumnType, NumberFormat
from ingestion.findings.reasons import FaultKind, Refused
from ingestion.rows.dates import date_parser, timestamp_parser
from ingestion.rows.notices import Notice, Notify, ignore
from ingestion.rows.numbers import integer_parser, number_parser
from ingestion.rows.texts import boolean_parser, text_parser
from ingestion.tabular.cells import Cell, Parser, printable, shown
from ingestion.tabular.characters import normal_text, visible

__all__ = ["Cell", "Notice", "Notify", "Parser", "form_of", "parser_for", "printable", "shown"]

#: How programs begin a code that spreadsheets should leave alone; another quote ends it.
_FORMULA_START = '="'


def parser_for(
    column: Column,
    number_format: NumberFormat,
    empty_words: Sequence[str] = (),
    time_zone: str | None = None,
    notify: Notify = ignore,
) -> Parser:
    """The parser of a column's cells.

    It returns numbers as plain digits with a dot, dates as YYYY-MM-DD, timestamps as YYYY-MM-DD HH:MM:SS with
    up to six decimals, booleans as true or false, and text trimmed and in its normal form
    (`tabular.characters`). A cell that is empty, or one of `empty_words`, is None if the column may be null,
    and refused otherwise. Instants are converted to `time_zone`. What a person should know about an accepted
    cell is reported to `notify`.
    """
    parse = _parser(column, number_format, time_zone, notify)
    form = form_of(column)
    empty = frozenset(("", *map(form, empty_words)))

    def parse_cell(cell: Cell) -> str | None:
        if isinstance(cell, str):
            if (formed := form(cell)) != cell:
                notify(Notice.REWRITTEN, cell)
                cell = formed
            text = cell.strip()
            if text[:1] == "=" and _is_formula_text(text) and not column.as_written:
                cell = text = text[2:-1].replace('""', '"').strip()
                notify(Notice.FORMULA_TEXT, cell)
            if text not in empty:
                return parse(cell)
        elif cell is not None:
            return parse(cell)
        if column.required:
            raise Refused(FaultKind.VALUE_MISSING)
        return None

    return parse_cell


def _is_formula_text(text: str) -> bool:
    return text.startswith(_FORMULA_START) and text.endswith('"') and len(text) > len(_FORMULA_START)


def form_of(column: Column) -> Callable[[str], str]:
    """The function that brings the texts of a column into the form in which they are read."""
    if column.type is not ColumnType.TEXT:
        return visible
    return str if column.as_written else normal_text


def _parser(column: Column, number_format: NumberFormat, time_zone: str | None, notify: Notify) -> Parser:
    match column.type:
        case ColumnType.TEXT:
            return text_parser(column, notify)
        case ColumnType.NUMERIC:
            return number_parser(column, number_format, notify)
        case ColumnType.INTEGER | ColumnType.BIGINT:
            return integer_parser(column, number_format, notify)
        case ColumnType.BOOLEAN:
            return boolean_parser()
        case ColumnType.DATE:
            return date_parser(column, time_zone, notify)
        case ColumnType.TIMESTAMP:
            return timestamp_parser(column, time_zone, notify)
