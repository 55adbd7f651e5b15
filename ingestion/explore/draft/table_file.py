"""The table that a contract is drafted from: in a file, an archive, or sheets of a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ingestion.arrival.archives import Member
from ingestion.explore.unknown_tables import UnknownTable, unknown_tables
from ingestion.readers.opening import open_members
from ingestion.tabular.cells import shown
from ingestion.tabular.table import Row, Unreadable

_EVEN = 0.8


class NotDrafted(Exception):
    """No contract can be drafted; the text says what to do instead."""


@dataclass(frozen=True, slots=True)
class TableFile:
    """Where the table is: in the file `member` that `path` packs or is, and there in `sheet`.

    Sheets with the same header as `sheet` belong to it. `most` rows of it are looked at. It goes on in
    `others`, files and the members in them.
    """

    path: Path
    member: str
    sheet: str | None
    most: int
    others: tuple[tuple[Path, str], ...] = ()

    @contextmanager
    def open(self) -> Iterator[Sequence[UnknownTable]]:
        """The table as one or more sheets, or files, with the same header.

        Raises:
            NotDrafted: the file has no such sheet, or it must be said which one is meant.
        """
        with ExitStack() as stack:
            found = list(_chosen(_open(stack, self.path, self.member), self.sheet))
            for path, name in self.others:
                tables = _open(stack, path, name)
                found += tables if len(tables) == 1 else _like(found[0], _visible(tables))
            yield found


@dataclass(frozen=True, slots=True)
class Sheets:
    """The first sheet of each table in a workbook: one None where a file is one table.

    `passed_over` are sheets that hold no table, such as notes, and hidden ones.
    """

    tables: Sequence[str | None] = (None,)
    passed_over: Sequence[str] = ()


def sheets_of(path: Path) -> Sheets:
    """Where the tables of a file are.

    Raises:
        Unreadable: the file cannot be read.
        OSError: the file cannot be opened.
    """
    with ExitStack() as stack:
        members = list(stack.enter_context(open_members(path)))
        if len(members) != 1:
            return Sheets()
        every = stack.enter_context(unknown_tables(members[0]))
        tables = list(filter(_is_table, _visible(every)))
        if len(every) == 1 or not tables:
            return Sheets()
        first: dict[tuple[str, ...], str] = {}
        for each in tables:
            first.setdefault(tuple(each.headers), each.table.name)
        return Sheets(list(first.values()), [each.table.name for each in every if each not in tables])


def member_of(path: Path) -> str:
    """The name of the one table that the file packs, or of the file itself.

    Raises:
        NotDrafted: it packs several, or none.
    """
    with open_members(path) as archive:
        names = list(dict.fromkeys(member.name for member in archive))
    if len(names) > 1:
        with open_members(path) as archive:
            names = list(dict.fromkeys(each.name for each in archive if _has_columns(each))) or names
    if len(names) > 1:
        raise NotDrafted(
            f"it packs {len(names)} tables ({_list(names)}): unpack it, and draft from one of them"
        )
    if not names:
        raise NotDrafted("it packs no file")
    return names[0]


def rows_of(tables: Iterable[UnknownTable]) -> Iterator[Row]:
    """The rows of data, one table after the other."""
    return chain.from_iterable(each.table.rows(each.after, each.width) for each in tables)


def _open(stack: ExitStack, path: Path, name: str) -> list[UnknownTable]:
    archive = stack.enter_context(open_members(path))
    member = next(each for each in archive if each.name == name)
    return stack.enter_context(unknown_tables(member))


def _chosen(tables: Sequence[UnknownTable], sheet: str | None) -> Sequence[UnknownTable]:
    names = [each.table.name for each in tables]
    if sheet is None:
        tables = _visible(tables)
        if any(each.header is None or each.headers != tables[0].headers for each in tables[1:]):
            seen = [each.table.name for each in tables]
            raise NotDrafted(f"it has {len(seen)} sheets ({_list(seen)}): say which with --sheet")
        return tables
    if sheet not in names:
        held = _list(names) if any(names) else "none"
        raise NotDrafted(f"it has no sheet {shown(sheet)}; its sheets are: {held}")
    named = tables[names.index(sheet)]
    return [named, *(each for each in _like(named, _visible(tables)) if each is not named)]


def _like(one: UnknownTable, tables: Sequence[UnknownTable]) -> list[UnknownTable]:
    """The tables with the same header; a workbook may hold others beside them."""
    return [each for each in tables if one.header and each.header and each.headers == one.headers]


def _visible(tables: Sequence[UnknownTable]) -> Sequence[UnknownTable]:
    """The sheets that a person sees; all where every sheet is hidden."""
    return [each for each in tables if not getattr(each.table, "hidden", False)] or tables


def _has_columns(member: Member) -> bool:
    """Whether a file is a table rather than what is packed beside one: a text to read, a picture."""
    try:
        with unknown_tables(member) as tables:
            return any(map(_is_table, tables))
    except Unreadable:
        return False


def _is_table(table: UnknownTable) -> bool:
    """Whether there are columns, and nearly all rows from the header on are as wide as the table.

    Lines of prose are not.
    """
    widths = [len(row.cells) for row in table.table.head[max(table.after - 1, 0) :]]
    return table.width > 1 and widths.count(table.width) >= _EVEN * len(widths)


def _list(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more
