"""Rows of files as their contracts read them, to propose a mapping from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice
from pathlib import Path

from ingestion.contract.model import NUMBERS, Contract
from ingestion.matching.tables import find_tables
from ingestion.readers.opening import open_members
from ingestion.rows.checks import RowCheck, RowFaults
from ingestion.rows.total_rows import total_row

#: Rows of each source that are looked at.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Sample:
    """Rows of a source as texts that Postgres reads, None for null, in the contract's order of columns.

    `refused` counts the rows that the contract refuses, by the name of their file.
    """

    contract: Contract
    rows: Sequence[Sequence[str | None]]
    refused: Mapping[str, int] = field(default_factory=dict)

    def values(self, column: str) -> list[str | None]:
        """The values of a column, one per row."""
        place = self.contract.position(column)
        return [row[place] for row in self.rows]

    @cached_property
    def numbers(self) -> Mapping[str, list[Decimal | None]]:
        """The values of each column of numbers."""
        return {
            column.name: [None if each is None else Decimal(each) for each in self.values(column.name)]
            for column in self.contract.columns
            if column.type in NUMBERS
        }


def read_sample(paths: Sequence[Path], contract: Contract, most: int = MOST_ROWS) -> Sample:
    """The first rows of each of the files `paths` that the contract takes, `most` of all together.

    Raises:
        Unreadable: a file cannot be read.
        OSError: a file cannot be opened.
    """
    rows: list[list[str | None]] = []
    refused: Counter[str] = Counter()
    for path in paths:
        for values in islice(rows_of(path, contract), most // len(paths)):
            if values is None:
                refused[path.name] += 1
            else:
                rows.append(values)
    return Sample(contract, tuple(rows), refused)


def rows_of(path: Path, contract: Contract) -> Iterator[list[str | None] | None]:
    """The rows of a file as texts that Postgres reads, None for one that the contract refuses.

    Raises:
        Unreadable: the file cannot be read.
        OSError: the file cannot be opened.
    """
    is_total = total_row(contract.totals) or (lambda row: False)
    with open_members(path) as archive:
        for member in archive:
            with find_tables(member, [contract]) as tables:
                for match in (each.match for each in tables if each.match):
                    check = RowCheck(contract, match.order)
                    for row in match.table.rows(match.after, match.width):
                        if is_total(row):
                            continue
                        try:
                            yield check.values(row)
                        except RowFaults:
                            yield None
