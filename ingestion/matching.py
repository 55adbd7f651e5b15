"""Finds the contract that a file's header fulfils; folders and file names play no part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingestion.contract import Contract
from ingestion.readers.table import Table
from ingestion.values import shown


class NoMatch(Exception):
    """No contract fits; the text names the nearest one and the columns that differ."""


@dataclass(frozen=True, slots=True)
class Match:
    """A table with its contract; `order[i]` is the cell that holds the contract's column `i`."""

    table: Table
    contract: Contract
    order: tuple[int, ...]


def match_table(tables: Iterable[Table], contracts: Sequence[Contract]) -> Match:
    """The first table whose header holds exactly a contract's columns, in any order.

    Raises:
        NoMatch: there is none.
    """
    tables = list(tables)
    for table in tables:
        places = {name: i for i, name in enumerate(map(normal, table.header))}
        for contract in contracts:
            wanted = list(map(normal, contract.headers))
            if len(table.header) == len(wanted) and places.keys() == set(wanted):
                return Match(table, contract, tuple(places[name] for name in wanted))
    nearest = max(
        ((table, contract) for table in tables for contract in contracts),
        key=lambda pair: len(set(map(normal, pair[0].header)) & set(map(normal, pair[1].headers))),
    )
    raise NoMatch(_differences(*nearest))


def normal(header: str) -> str:
    """A header as it is compared: trimmed, in one case, with single spaces inside."""
    return " ".join(header.casefold().split())


def _differences(table: Table, contract: Contract) -> str:
    found = Counter(map(normal, table.header))
    wanted = {normal(header): header for header in contract.headers}
    if not found.keys() & wanted.keys():
        return (
            f"the header {_names(table.header)} fits no contract: check that the file begins with "
            "its header, or add a contract for it"
        )
    spoken = {normal(header): header.strip() for header in table.header}
    faults = {
        "missing": [header for key, header in wanted.items() if key not in found],
        "unknown": [spoken[key] for key in found if key not in wanted],
        "doubled": [spoken[key] for key, count in found.items() if count > 1],
    }
    text = "; ".join(f"{fault}: {_names(names)}" for fault, names in faults.items() if names)
    return f"the header does not fit the nearest contract, {contract.source}: correct the columns ({text})"


def _names(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more
