"""Opens the tables of a file and finds the contract of each: the sniffer proposes, the contract decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from ingestion.arrival.archives import Member
from ingestion.arrival.formats import Format, format_of
from ingestion.contract.comparison import is_named
from ingestion.contract.model import Contract, TextForm
from ingestion.findings.reasons import HoldKind
from ingestion.matching.match import Match, NoMatch, likeness, match_table
from ingestion.matching.number_formats import OpenFormat, settled
from ingestion.readers.opening import tables_of
from ingestion.readers.text.csv_text import CsvTable
from ingestion.readers.text.dialects import Dialect, dialect_of
from ingestion.readers.text.encoding_remarks import encoding_remarks
from ingestion.readers.text.encodings import SAMPLE, detect_encoding, marked_encoding
from ingestion.tabular.table import Table, Unreadable

if TYPE_CHECKING:
    from ingestion.readers.workbook.sheets import SheetTable

#: A sheet with a larger share of the columns of a contract is meant for it, and is not passed over.
_LIKE_A_SOURCE = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """The match of a table, or why there is none; `part` names the sheet if the workbook has several.

    `dialect` is that of a text file, None for other formats.
    """

    part: str
    match: Match | None
    fault: NoMatch | None = None
    dialect: Dialect | None = None


@contextmanager
def find_tables(member: Member, contracts: Sequence[Contract]) -> Iterator[list[Found]]:
    """The tables of a file with their contracts.

    Sheets that do not resemble any source are left out, unless that is so for all sheets of the workbook.

    Raises:
        Unreadable: the file is damaged, or of no known format.
        OSError: the file cannot be opened.
    """
    with _open_tables(member, contracts) as tables:
        yield [_settled(found, member, contracts) for found in tables]


@contextmanager
def _open_tables(member: Member, contracts: Sequence[Contract]) -> Iterator[list[Found]]:
    with member.path.open("rb") as file:
        form = format_of(file, member.name)
        if form is Format.TEXT:
            yield [_find_text(file, member.name, contracts)]
            return
        tables = tables_of(form, file, member.path)
        if form is Format.WORKBOOK:
            yield _find_sheets(tables, member.name, contracts)
        else:
            yield [_find(table, member.name, contracts) for table in tables]


def _settled(found: Found, member: Member, contracts: Sequence[Contract]) -> Found:
    """The table with the one number format, of those that its contract allows, that it is written in.

    A table can be read only once, so it is opened again to look at its figures.
    """
    if not found.match or not found.match.contract.number_format.others:
        return found
    with _open_tables(member, contracts) as tables:
        match = next(each.match for each in tables if each.part == found.part)
        try:
            contract = settled(match, match.table.rows(match.after, match.width))
        except OpenFormat as error:
            return Found(found.part, None, NoMatch(HoldKind.NUMBER_FORMATS, str(error)), found.dialect)
    return replace(found, match=replace(found.match, contract=contract))


def _find(table: Table, name: str, contracts: Sequence[Contract], part: str = "") -> Found:
    try:
        return Found(part, match_table(table, contracts, name))
    except NoMatch as error:
        return Found(part, None, error)


def _find_sheets(tables: Sequence[SheetTable], name: str, contracts: Sequence[Contract]) -> list[Found]:
    if len(tables) == 1:
        return [_find(tables[0], name, contracts)]
    wanted = [_of_sheet(table, contracts) for table in tables]
    found = [_find(table, name, some, table.name) for table, some in zip(tables, wanted, strict=True)]
    likenesses = [likeness(table, some) for table, some in zip(tables, wanted, strict=True)]
    meant = [
        each for each, share in zip(found, likenesses, strict=True) if each.match or share > _LIKE_A_SOURCE
    ]
    # If no sheet is meant for a source: one message, for the sheet that comes nearest.
    return meant or [found[likenesses.index(max(likenesses))]]


def _of_sheet(table: SheetTable, contracts: Sequence[Contract]) -> list[Contract]:
    """The contracts that a sheet may be for; for a hidden sheet, only those that name it."""
    return [
        contract
        for contract in contracts
        if is_named(table.name, contract.sheets) or not (contract.sheets or table.hidden)
    ]


def _find_text(file: BinaryIO, name: str, contracts: Sequence[Contract]) -> Found:
    sample = file.read(SAMPLE)
    encoding = detect_encoding(sample, complete=len(sample) < SAMPLE)
    # A byte order mark leaves no doubt, whatever a contract says about files without one.
    marked = marked_encoding(sample)
    fault: NoMatch | None = None
    unreadable: Unreadable | None = None
    near: Found | None = None
    # Detection comes first, then, once each, the forms for which contracts give a delimiter or a quote.
    forms = list(dict.fromkeys(each.text_form for each in contracts))
    for form in [TextForm(), *(form for form in forms if form.delimiter or form.quote is not None)]:
        try:
            dialect = _dialect(file, form, marked or form.encoding or encoding)
            match = match_table(CsvTable(file, dialect), contracts, name)
        except NoMatch as error:
            fault = fault or error
            continue
        except Unreadable as error:
            unreadable = unreadable or error
            continue
        decided = _dialect(file, match.contract.text_form, marked or match.contract.text_form.encoding)
        if decided != dialect:
            try:
                match = match_table(CsvTable(file, decided), [match.contract], name)
            except NoMatch as error:
                fault = fault or error
                continue
        if decided.encoding == encoding and not marked and not match.contract.text_form.encoding:
            match.table.remarks += encoding_remarks(file, encoding)
        found = Found("", match, dialect=decided)
        if not match.breach:
            return found
        near = near or found
    if near:
        return near
    if fault is None and unreadable:
        raise unreadable
    return Found("", None, fault)


def _dialect(file: BinaryIO, form: TextForm, encoding: str | None) -> Dialect:
    return dialect_of(file, delimiter=form.delimiter, quote=form.quote, escape=form.escape, encoding=encoding)
