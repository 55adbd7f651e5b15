"""Finds the contract that the header of a table fits; the file name decides only between equal headers."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingestion.contract.comparison import is_named, normal
from ingestion.contract.model import Contract
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.tabular.cells import shown
from ingestion.tabular.table import MergedTable, Row, SparseTable, Table

#: Headers that programs give the index of a data frame.
_UNNAMED = ("", "unnamed: 0")
_INDEX_PASSED_OVER = "the first column, which has no name, only numbers the rows, as data frames do: left out"

#: With at least this share of the columns of a contract, a header is a wrong one of that contract.
_NEAR = 0.5


class NoMatch(Exception):
    """No contract fits, or several do; the text names the nearest contract and the columns that differ."""

    def __init__(self, kind: HoldKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Match:
    """A table with its contract.

    `order[i]` is the cell with column `i` of the contract, None where an optional column is missing. The rows
    begin after the first `after` rows of the head, and are `width` cells wide. `breach` says what a person
    must accept about the header; None if it is as in the contract.
    """

    table: Table
    contract: Contract
    order: tuple[int | None, ...]
    after: int
    width: int
    breach: str | None = None


def match_table(table: Table, contracts: Sequence[Contract], file_name: str = "") -> Match:
    """The contract that fits; its header may be below other lines.

    Tried in this order: a contract with exactly the columns of the header, in any order; one without a
    header, with a fitting file name and number of columns; one that only lacks the column of row numbers that
    data frames put first; for formats that leave out keys without a value, one with most of its columns
    present, among them all required ones; one whose files may lack columns, if they have all required ones
    and no unknown one; and one whose required columns are all present: what else is missing or unknown is
    the `breach` of the match.

    Raises:
        NoMatch: there is none, or the file name does not tell several apart.
    """
    match = _match(table, contracts, file_name)
    columns = zip(match.contract.columns, match.order, strict=True)
    if isinstance(table, MergedTable) and (
        places := [place for column, place in columns if column.fills_merged and place is not None]
    ):
        table.fill(places)
    return match


def _match(table: Table, contracts: Sequence[Contract], file_name: str) -> Match:
    # Once for all contracts: rows may be wide, and contracts many.
    head = [list(map(normal, row.cells)) for row in table.head]
    exact = [match for contract in contracts if (match := _exact(table, head, contract))]
    if exact:
        return _by_name(exact, file_name, table.name)
    if bare := [match for contract in contracts if (match := _without_header(table, contract, file_name))]:
        return _by_name(bare, file_name, table.name)
    if indexed := [match for contract in contracts if (match := _with_index(table, head, contract))]:
        match = _by_name(indexed, file_name, table.name)
        table.remarks.append(Remark(RemarkKind.PASSED_OVER, _INDEX_PASSED_OVER))
        return match
    if sparse := [match for contract in contracts if (match := _sparse(table, contract))]:
        match = _by_name(sparse, file_name, table.name)
        columns = zip(match.contract.columns, match.order, strict=True)
        late = [(place, column.header) for column, place in columns if place >= len(table.head[0].cells)]
        table.expect([header for _, header in sorted(late)], normal)
        return match
    if partial := [match for contract in contracts if (match := _partial(table, head, contract))]:
        return _by_name(partial, file_name, table.name)
    near = [match for contract in contracts if (match := _near(table, head, contract))]
    if near:
        return max(near, key=lambda match: sum(place is not None for place in match.order))
    raise NoMatch(*_differences(table, head, contracts))


def likeness(table: Table, contracts: Sequence[Contract]) -> float:
    """The share of the columns of the nearest contract that the head of the table has."""
    head = [Counter(map(normal, row.cells)) for row in table.head]
    shares = (_common(names, each) / len(each.columns) for names in head for each in contracts)
    return max(shares, default=0)


#: The first rows of a table, with their cells as headers are compared.
_Head = Sequence[Sequence[str]]


def _exact(table: Table, head: _Head, contract: Contract) -> Match | None:
    if not contract.text_form.has_header:
        return None
    wanted = list(map(normal, contract.headers))
    names = sorted(wanted)
    for i, found in enumerate(head):
        # The width is checked first, because every contract is compared with every row of the head.
        if len(found) == len(wanted) and sorted(found) == names:
            return Match(table, contract, _order(wanted, found), i + 1, len(found))
    return None


def _with_index(table: Table, head: _Head, contract: Contract) -> Match | None:
    """The match of a table whose first column, without a name, numbers the rows."""
    if not contract.text_form.has_header:
        return None
    wanted = list(map(normal, contract.headers))
    for i, names in enumerate(head):
        if len(names) != len(wanted) + 1:
            continue
        first, *found = names
        if first in _UNNAMED and Counter(found) == Counter(wanted) and _are_numbers(table.head[i + 1 :]):
            order = tuple(place + 1 for place in _order(wanted, found))
            return Match(table, contract, order, i + 1, len(names))
    return None


def _are_numbers(rows: Sequence[Row]) -> bool:
    """Whether each row begins with a whole number of its own."""
    firsts = [str(row.cells[0]).strip().removesuffix(".0") for row in rows if row.cells]
    return bool(firsts) and len(set(firsts)) == len(firsts) and all(map(str.isdecimal, firsts))


def _sparse(table: Table, contract: Contract) -> Match | None:
    """The match of a table whose rows name their cells, and omit those without a value."""
    if not isinstance(table, SparseTable):
        return None
    (names,) = table.head
    wanted, found = list(map(normal, contract.headers)), list(map(normal, names.cells))
    order = list(_order(wanted, found))
    if Counter(found) - Counter(wanted) or order.count(None) * 2 > len(order):
        return None
    width = len(found)
    for i, column in enumerate(contract.columns):
        if order[i] is None and column.required:
            return None
        if order[i] is None:
            order[i] = width
            width += 1
    return Match(table, contract, tuple(order), 1, width)


def _partial(table: Table, head: _Head, contract: Contract) -> Match | None:
    """The match of a table with some columns of a contract whose files may lack others."""
    if not contract.may_lack_columns or not contract.text_form.has_header:
        return None
    wanted = list(map(normal, contract.headers))
    required = Counter(normal(column.header) for column in contract.columns if column.required)
    for i, found in enumerate(head):
        # required columns alone are shared by many tables, as a date is
        if len(found) <= len(wanted) and required < Counter(found) <= Counter(wanted):
            return Match(table, contract, _order(wanted, found), i + 1, len(found))
    return None


def _near(table: Table, head: _Head, contract: Contract) -> Match | None:
    if not contract.text_form.has_header:
        return None
    wanted = list(map(normal, contract.headers))
    required = Counter(normal(column.header) for column in contract.columns if column.required)
    for i, (row, found) in enumerate(zip(table.head, head, strict=True)):
        if required and not required.keys() - found and not required - Counter(found):
            order = _order(wanted, found)
            known = sum(place is not None for place in order)
            if contract.may_lack_columns and known < max(required.total() + 1, _NEAR * len(found)):
                continue
            absent = [
                column.header for column, place in zip(contract.columns, order, strict=True) if place is None
            ]
            unknown = [str(row.cells[place]) for place in range(len(found)) if place not in order]
            breach = "; ".join(
                f"{what}: {_names(names)}"
                for what, names in (("missing", absent), ("unknown", unknown))
                if names
            )
            return Match(table, contract, order, i + 1, len(found), breach)
    return None


def _without_header(table: Table, contract: Contract, file_name: str) -> Match | None:
    if contract.text_form.has_header or not is_named(file_name, contract.file_names):
        return None
    width = len(contract.columns)
    if not any(len(row.cells) == width for row in table.head):
        return None
    return Match(table, contract, tuple(range(width)), 0, width)


def _order(wanted: Sequence[str], found: Sequence[str]) -> tuple[int | None, ...]:
    """The place of each wanted header; equal ones are assigned in their order."""
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for place, header in enumerate(found):
        places[header].append(place)
    return tuple(places[header].popleft() if places[header] else None for header in wanted)


def _by_name(matches: Sequence[Match], file_name: str, sheet: str) -> Match:
    if len(matches) == 1:
        return matches[0]
    named = [
        match
        for match in matches
        if is_named(file_name, match.contract.file_names)
        and (not match.contract.sheets or is_named(sheet, match.contract.sheets))
    ]
    if len(named) == 1:
        return named[0]
    sources = ", ".join(match.contract.source for match in named or matches)
    raise NoMatch(
        HoldKind.SEVERAL_CONTRACTS,
        f"its columns fit several contracts ({sources}), and its name does not tell which: rename it as"
        " the fileNames of one of them say",
    )


def _common(names: Counter[str], contract: Contract) -> int:
    return (Counter(map(normal, contract.headers)) & names).total()


def _differences(table: Table, head: _Head, contracts: Sequence[Contract]) -> tuple[HoldKind, str]:
    counted = list(map(Counter, head))
    pairs = [(place, contract) for place in range(len(head)) for contract in contracts]
    if not pairs:
        return HoldKind.NO_CONTRACT, "it has no header, and there are no contracts"
    place, contract = max(pairs, key=lambda pair: _common(counted[pair[0]], pair[1]))
    header, found = table.head[place], counted[place]
    # With fewer it is another table: many have a date and a country.
    if _common(found, contract) < _NEAR * len(contract.columns):
        return HoldKind.NO_CONTRACT, (
            f"the header {_guessed(table)}: check that the file begins with its header, or write a contract:"
            " python -m ingestion draft FILE"
        )
    wanted = Counter(map(normal, contract.headers))
    spoken = {normal(name): name.strip() for name in (*map(str, header.cells), *contract.headers)}
    faults = {
        "missing": list((wanted - found).keys() - found.keys()),
        "unknown": list(found.keys() - wanted.keys()),
        "doubled": [name for name in found.keys() & wanted.keys() if found[name] > wanted[name]],
    }
    order = {name: i for i, name in enumerate([*wanted, *found])}
    text = "; ".join(
        f"{fault}: {_names(spoken[name] for name in sorted(names, key=order.__getitem__))}"
        for fault, names in faults.items()
        if names
    )
    return HoldKind.WRONG_HEADER, (
        f"the header does not fit the nearest contract, {contract.source}: correct the columns ({text})"
    )


def _guessed(table: Table) -> str:
    """The likely header as a message has it, with the first line above it that cannot be read."""
    sound = (place for place, row in enumerate(table.head) if not row.fault)
    at = next(sound, 0) if table.guess is None else table.guess
    text = f"{_names(map(str, table.head[at].cells))} fits no contract"
    broken = next((row for row in table.head[:at] if row.fault), None)
    return f"{text} (line {broken.line} above it cannot be read: {broken.fault})" if broken else text


def _names(names: Iterable[str], most: int = 8) -> str:
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more
