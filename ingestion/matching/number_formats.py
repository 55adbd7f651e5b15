"""Finds which of the number formats that a contract allows a file is written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from ingestion.contract.model import NUMBERS, Column, Contract, NumberFormat
from ingestion.matching.match import Match
from ingestion.rows.numbers import figure_reader
from ingestion.tabular.cells import Cell, shown
from ingestion.tabular.table import Row

#: How many ambiguous texts are remembered.
_MOST_DOUBTFUL = 1_000


class OpenFormat(Exception):
    """The figures of a file can be read in several ways, with different results; the text says which."""


def settled(match: Match, rows: Iterable[Row]) -> Contract:
    """The contract with the one number format that the `rows` of the table are written in.

    They are read until a figure leaves one format. If several formats remain and give the same numbers, it is
    the first of them.

    Raises:
        OpenFormat: they give different numbers.
    """
    contract = match.contract
    formats = (contract.number_format, *contract.number_format.others)
    columns = [
        (column, place)
        for column, place in zip(contract.columns, match.order, strict=True)
        if column.type in NUMBERS and place is not None
    ]
    readers = {form: figure_reader(form, 0) for form in formats}
    empty = {"", *contract.empty_words}
    left = list(formats)
    doubtful: dict[str, tuple[int, Column, dict[NumberFormat, Decimal]]] = {}
    for row in rows:
        if row.fault:
            continue
        for column, place in columns:
            cell = row.cells[place]
            if not isinstance(cell, str) or cell.strip() in empty or cell in doubtful:
                continue
            figures = {form: figure for form in left if (figure := _figure(readers[form], cell)) is not None}
            if figures:
                left = [form for form in left if form in figures]
            if len(left) == 1:
                return _in_format(contract, left[0], formats)
            if len(set(figures.values())) > 1 and len(doubtful) < _MOST_DOUBTFUL:
                doubtful[cell] = row.line, column, figures
    for cell, (line, column, figures) in doubtful.items():
        if len(values := {figures[form] for form in left}) > 1:
            meanings = " or ".join(map(str, sorted(values)))
            raise OpenFormat(
                f"its figures fit several number formats of the contract {contract.source}: in column"
                f" {shown(column.header)}, line {line}, {shown(cell)} is {meanings}; deliver a file with a"
                " figure that shows which, such as one with two decimals, or make a contract for each format"
            )
    return _in_format(contract, left[0], formats)


def _figure(read: Callable[[Cell], str], cell: str) -> Decimal | None:
    try:
        return Decimal(read(cell))
    except ValueError:
        return None


def _in_format(contract: Contract, form: NumberFormat, formats: Iterable[NumberFormat]) -> Contract:
    others = tuple(replace(each, others=()) for each in formats if each is not form)
    return replace(contract, number_format=replace(form, others=others))
