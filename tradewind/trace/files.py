"""Cells of a file that was loaded, as they stand in it, by the line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.arrival.byte_profile import profile_bytes
from ingestion.contract.model import Contract
from ingestion.loading.kept_files import kept_file
from ingestion.matching.match import Match
from ingestion.matching.tables import find_tables
from ingestion.readers.opening import open_members
from ingestion.rows.checks import RowCheck, RowFaults
from ingestion.tabular.cells import printable
from ingestion.tabular.table import Unreadable


@dataclass(frozen=True, slots=True)
class Load:
    """A load of the ledger: a file, or a sheet in it (`part`)."""

    load_id: int
    source: str
    file_name: str
    part: str
    sha256: str | None
    path: str | None
    rows_read: int
    rows_rejected: int

    @property
    def shown(self) -> str:
        """The file with its sheet, as a person finds it."""
        return printable(f"{self.file_name} [{self.part}]" if self.part else self.file_name)


class NotAtHand(Exception):
    """The file cannot be read any more; the text says why."""


#: What is in a cell, and what it was loaded as.
Read = tuple[str, str | None]


def cells_in_file(
    load: Load,
    lines: Collection[int],
    columns: Sequence[str],
    contracts: Mapping[str, Contract],
    landing: Path,
) -> dict[int, list[Read]]:
    """The cells of these columns of the raw table, in their order, by the line.

    Lines that the file does not have, or whose rows are refused now, are left out.

    Raises:
        NotAtHand: the file is gone, was changed, or no longer fits its contract.
    """
    path = kept_file(load.load_id, load.path, landing)
    if path is None:
        raise NotAtHand(f"the file is not at {load.path} any more")
    try:
        return _read(path, load, lines, columns, contracts)
    except (Unreadable, OSError) as error:
        raise NotAtHand(f"{path} cannot be read: {error}") from error


def _read(
    path: Path,
    load: Load,
    lines: Collection[int],
    columns: Sequence[str],
    contracts: Mapping[str, Contract],
) -> dict[int, list[Read]]:
    contract = contracts.get(load.source)
    if contract is None:
        raise NotAtHand(f"the contract {load.source} is gone or wrong")
    with open_members(path) as members:
        for member in members:
            if load.sha256 and profile_bytes(member.path).sha256 != load.sha256:
                continue
            # its original name, which contracts refer to
            with find_tables(member._replace(name=load.file_name), [contract]) as tables:
                for found in tables:
                    if found.match and found.part in (load.part, ""):
                        return _of_table(found.match, lines, columns)
            raise NotAtHand(f"{path} does not fit the contract {load.source} any more")
    raise NotAtHand(f"{path} is not what was loaded: its content was changed")


def _of_table(match: Match, lines: Collection[int], columns: Sequence[str]) -> dict[int, list[Read]]:
    wanted, last = set(lines), max(lines)
    places = [match.contract.position(name) for name in columns]
    check = RowCheck(match.contract, match.order)
    found: dict[int, list[Read]] = {}
    for row in match.table.rows(match.after, match.width):
        if row.line > last:
            break
        if row.line not in wanted:
            continue
        try:
            values = check.values(row)
        except RowFaults:
            continue
        cells = [None if (at := match.order[place]) is None else row.cells[at] for place in places]
        found[row.line] = [
            ("" if cell is None else str(cell), values[place])
            for cell, place in zip(cells, places, strict=True)
        ]
    return found
