"""Drafts a first contract for a file that fits none, for a person to complete."""

from __future__ import annotations

import glob
import math
import re
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from ingestion.contract.model import DATES, Append, Column, Contract, TextForm, Total, Upsert
from ingestion.explore.draft.columns import TODO, DraftColumn, draft_columns
from ingestion.explore.draft.table_file import NotDrafted, TableFile, member_of, rows_of
from ingestion.explore.guess.keys import Candidate, KeyGuess, candidates, find_key
from ingestion.explore.guess.names import identifier, word_set, words
from ingestion.explore.guess.sums import SumGuess, SumRow
from ingestion.explore.guess.tables import TableGuess, TableTypes
from ingestion.explore.unknown_tables import UnknownTable
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.matching.tables import find_tables
from ingestion.readers.opening import open_members
from ingestion.readers.text.dialects import Dialect
from ingestion.rows.checks import RowCheck, RowFaults
from ingestion.rows.total_rows import total_row
from ingestion.tabular.cells import shown
from ingestion.tabular.table import Row

#: Rows that a contract is drafted from.
MOST_ROWS = 100_000

_VERSION = "0.1.0"
_MAX_REJECTED_SHARE = 0.05
_ABOUT = ("what the rows are for", "how they may be used, and under which licence", "what they cannot tell")
#: Together short enough for names of tables and indexes in Postgres.
_LONGEST_DOMAIN, _LONGEST_TABLE = 20, 33

#: Folders whose names say nothing about what is in them.
_NO_DOMAINS = word_set(
    "tmp temp downloads download data landing inbox upload uploads desktop documents files home csv"
)
_PACKED = (".gz", ".zip")
#: What tells one delivery from the next at the end of a file's name.
_DELIVERY = re.compile(r"[\W_]*v?[0-9][0-9\W_]*$", re.IGNORECASE)
_REGIONS = word_set(
    "country region market store shop branch land pais pays filiale markt loja tienda magasin"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract with what its reviewer should know.

    `notes` are on the contract as a whole. `rows` were looked at, of which the contract refuses `refused`;
    `is_complete` is False where the file has more. `scope` names a column of places and one of days by which
    files may replace each other. `key` tells all these rows apart, None where nothing does.
    """

    contract: Contract
    columns: tuple[DraftColumn, ...]
    notes: tuple[str, ...]
    rows: int
    refused: int
    is_complete: bool
    scope: tuple[str, str] | None
    key: KeyGuess | None

    def doubts(self, read: Container[str]) -> Iterator[str]:
        """What the files do not tell, of the contract and of those of its columns that are `read`."""
        yield from self.notes
        for each in self.columns:
            if each.column.name in read:
                yield from (f"{each.column.name}: {doubt}" for doubt in each.doubts)
        if self.key and self.key.is_guess and isinstance(self.contract.relation, Upsert):
            names = " and ".join(self.contract.relation.key)
            yield f"the key {names} is a guess: a later row with the same key replaces an earlier one"


def draft(
    path: Path,
    *,
    domain: str | None = None,
    table: str | None = None,
    sheet: str | None = None,
    others: Sequence[Path] = (),
    most: int = MOST_ROWS,
) -> Draft:
    """The contract of the one table in a file, or of its sheet `sheet`, drafted from its first `most` rows.

    `others` are files of the same columns, as for other years: all are one table.

    Sheets with the same header are one table. `domain` and `table` are made from the names of the folder and
    of the file, or of the sheet where the file has several, unless they are given.

    Raises:
        NotDrafted: the file holds several tables, or a name does not fit SQL.
        Unreadable: the file cannot be read.
        OSError: the file cannot be opened.
    """
    domain = _given(domain, "--domain") if domain else domain_of(path)
    table = _given(table, "--table") if table else table_of(path, domain, sheet)
    file = TableFile(path, member_of(path), sheet, most, tuple((each, member_of(each)) for each in others))
    drafted, sums = _drafted(file, domain, table)
    # Sums have empty cells and no key: without them more can be said of the rows that count.
    if totals := sums.totals():
        drafted, _ = _drafted(file, domain, table, totals)
    if unnamed := [each for each in sums.found if not (totals and total_row(totals)(each.row))]:
        drafted = replace(drafted, notes=(*drafted.notes, _on_sums(unnamed)))
    return drafted


def _drafted(
    file: TableFile, domain: str, table: str, totals: tuple[Total, ...] = ()
) -> tuple[Draft, SumGuess]:
    """A draft from the rows that are not `totals`, and the rows among them that repeat sums."""
    is_total = total_row(totals) or (lambda row: False)
    with file.open() as tables:
        found = tables[0]
        guess = TableGuess(found.headers)
        rows = rows_of(tables)
        for row in islice(rows, file.most):
            if not row.fault and not is_total(row):
                guess.see(row.cells)
        is_complete = next(rows, None) is None
        remarks = [remark for each in tables for remark in each.table.remarks]
    types = guess.types()
    columns = tuple(draft_columns(guess, types))
    contract = replace(
        _bare_contract(domain, table, columns, types),
        text_form=_text_form(found.dialect, found.header is not None),
        # Without a header only its name tells the file from others.
        file_names=() if found.header else (_pattern(file.path),),
        totals=totals,
    )
    check = _Check(file, contract)
    key = check.key([i for i, each in enumerate(columns) if each.is_shortened])
    if key and not is_complete and not check.is_key_of_all(key):
        key = None
    if key and not key.is_by_chance:
        contract = replace(contract, relation=Upsert(tuple(contract.columns[i].name for i in key.places)))
    remarks += check.remarks
    # The contract names the totals, and a note beside the column says that its numbers are shortened.
    covered = {RemarkKind.SHORTENED_NUMBERS} | ({RemarkKind.LIKELY_TOTALS} if totals else set())
    notes = [
        *_notes(found, types.is_decimal_open),
        *(remark.text for remark in dict.fromkeys(remarks) if remark.kind not in covered),
    ]
    if check.refused:
        notes.append(f"the contract refuses {check.refused:,} of these rows; the first, {check.reason}")
    if _MAX_REJECTED_SHARE * check.rows < check.refused < check.rows:
        share = math.ceil(100 * check.refused / check.rows) / 100
        contract = replace(contract, max_rejected_share=share)
    drafted = Draft(
        contract, columns, tuple(notes), check.rows, check.refused, is_complete, _scope(contract.columns), key
    )
    return drafted, check.sums


def _bare_contract(domain: str, table: str, columns: Sequence[DraftColumn], types: TableTypes) -> Contract:
    """A contract with these columns, and with nothing about files except how values are written."""
    return Contract(
        domain=domain,
        table=table,
        version=_VERSION,
        description=f"{TODO} what one row is.",
        columns=tuple(each.column for each in columns),
        sums=(),
        number_format=types.number_format,
        relation=Append(),
        max_rejected_share=_MAX_REJECTED_SHARE,
        about=tuple(f"{TODO} {what}." for what in _ABOUT),
        title=table.replace("_", " ").capitalize(),
        empty_words=types.empty_words,
    )


def headers_of(path: Path, sheet: str | None = None) -> list[str]:
    """The headers that a draft of the file, or of its sheet `sheet`, would have. Its rows are not read.

    Raises:
        NotDrafted, Unreadable, OSError: as `draft`.
    """
    with TableFile(path, member_of(path), sheet, most=0).open() as tables:
        guess = TableGuess(tables[0].headers)
    return [each.column.header for each in draft_columns(guess, guess.types())]


def domain_of(path: Path) -> str:
    """A domain from the name of the file's folder, `raw` where that says nothing."""
    folder = path.absolute().parent.name
    return "raw" if folder.lower() in _NO_DOMAINS else identifier(folder, "raw", longest=_LONGEST_DOMAIN)


def table_of(path: Path, domain: str, sheet: str | None = None) -> str:
    """A table from the name of the sheet, or of the file, without the domain and what tells its delivery."""
    stem = _DELIVERY.sub("", sheet) or sheet if sheet else _stem(path)
    name = identifier(stem, "table_1", longest=_LONGEST_TABLE)
    return name.removeprefix(f"{domain}_").removesuffix("_dataset") or name


def fitting(path: Path, contracts: Sequence[Contract], sheet: str | None = None) -> str | None:
    """The source whose contract fits the file, or its sheet `sheet`; None where none does.

    Raises:
        Unreadable: the file cannot be read.
        OSError: the file cannot be opened.
    """
    with open_members(path) as archive:
        for member in archive:
            with find_tables(member, contracts) as found:
                fits = [each for each in found if each.match and not each.match.breach]
                for each in fits:
                    if sheet is None or each.part in ("", sheet):
                        return each.match.contract.source
    return None


class _Check:
    """Goes through a file's rows with the contract that was drafted from them.

    After `key`, `rows` and `refused` count them, `reason` is that of the first one refused, `sums` knows
    those that repeat sums, and `remarks` are those that a load would make.
    """

    def __init__(self, file: TableFile, contract: Contract) -> None:
        self._file, self._contract = file, contract
        self.rows = self.refused = 0
        self.reason = ""
        self.sums = SumGuess(contract.columns)
        self.remarks: list[Remark] = []

    def key(self, unfit: Sequence[int]) -> KeyGuess | None:
        """The likeliest key of all rows that are taken, without the columns at the places `unfit`."""
        return find_key(self._values(), candidates(self._contract.columns, unfit))

    def is_key_of_all(self, key: KeyGuess) -> bool:
        """Whether a key tells apart the file's rows beyond those that were looked at, too."""
        candidate = Candidate(key.places, key.is_named)
        return find_key(self._all_values(), [candidate]) is not None

    def _all_values(self) -> Iterator[list[str | None]]:
        """All rows of the file that are taken; nothing is counted."""
        check = RowCheck(self._contract, range(len(self._contract.columns)))
        is_total = total_row(self._contract.totals) or (lambda row: False)
        with self._file.open() as tables:
            for row in rows_of(tables):
                if not is_total(row):
                    with suppress(RowFaults):
                        yield check.values(row)

    def _values(self) -> Iterator[list[str | None]]:
        check = RowCheck(self._contract, range(len(self._contract.columns)))
        is_total = total_row(self._contract.totals) or (lambda row: False)
        with self._file.open() as tables:
            for row in islice(rows_of(tables), self._file.most):
                if is_total(row):
                    continue
                self.rows += 1
                try:
                    values = check.values(row)
                except RowFaults as faults:
                    self.refused += 1
                    self.reason = self.reason or _first_fault(row, faults)
                else:
                    self.sums.see(row, values)
                    yield values
        self.remarks = list(check.notices.remarks())


def _on_sums(found: Sequence[SumRow]) -> str:
    """A note on the rows that repeat sums and that no total of the contract names."""
    places = ", ".join(
        f"line {each.row.line}{f' ({shown(each.text)})' if each.text else ''}" for each in found[:5]
    )
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return (
        f"the figures of {places}{more} are sums of rows above: if they repeat what other rows say, name them"
        " in the extension totals, or have them left out"
    )


def _first_fault(row: Row, faults: RowFaults) -> str:
    first = faults.faults[0]
    column = f", {shown(first.column)}" if first.column is not None else ""
    return f"line {row.line}{column}: {first.reason}"


def _given(name: str, option: str) -> str:
    if identifier(name, "none") != name:
        raise NotDrafted(
            f"{option} {shown(name)} must be lower-case letters, digits and underscores, and not a word"
            " of SQL"
        )
    return name


def _stem(path: Path) -> str:
    """The file's name without its endings and what tells its delivery from others."""
    name = path.name
    for packed in _PACKED:
        name = name.removesuffix(packed)
    stem = Path(name).stem
    return _DELIVERY.sub("", stem) or stem


def _pattern(path: Path) -> str:
    return f"{glob.escape(_stem(path))}*"


def _text_form(dialect: Dialect | None, has_header: bool) -> TextForm:
    """What is not as text tables usually are; all else is found out for each file."""
    if dialect is None:
        return TextForm(has_header=has_header)
    return TextForm(
        delimiter=dialect.delimiter if dialect.delimiter != "," and len(dialect.delimiter) == 1 else None,
        quote=dialect.quote if dialect.quote != '"' else None,
        escape=dialect.escape or None,
        encoding=dialect.encoding if dialect.encoding not in ("utf-8", "utf-8-sig", "ascii") else None,
        has_header=has_header,
    )


def _notes(found: UnknownTable, is_decimal_open: bool) -> Iterator[str]:
    dialect = found.dialect
    if dialect and len(dialect.delimiter) > 1:
        yield f"the delimiter is {dialect.delimiter!r}; a contract cannot say that, so it is found out"
    if is_decimal_open:
        yield "no figure tells whether a point or a comma stands before decimals: check numberFormat"
    above = found.table.head[: max(found.after - 1, 0)]
    if found.header and above and above[-1].line == found.header.line:
        # Two rows are the header, joined to one.
        above = above[:-2]
    if found.header and any(len(row.cells) == found.width for row in above):
        yield (
            f"the header seems to be line {found.header.line}; {len(above)} lines above it are left out, and"
            " some are as wide as the table: check that they are not rows"
        )


def _scope(columns: Sequence[Column]) -> tuple[str, str] | None:
    """The first columns of places and of days that are never empty."""
    places = [each.name for each in columns if each.required and not _REGIONS.isdisjoint(words(each.header))]
    days = [each.name for each in columns if each.required and each.type in DATES]
    return (places[0], days[0]) if places and days else None
