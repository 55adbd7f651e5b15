"""What became of one table: a file, a file in an archive, or a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ingestion.findings.remarks import Remark
from ingestion.loading.replacements import Replacement
from ingestion.tabular.cells import printable


class Outcome(StrEnum):
    LOADED = "loaded"
    #: The same content is in the ledger already; nothing was written.
    KNOWN = "known"
    #: Nothing of the file was taken; the ledger says why.
    HELD = "held"
    #: The file is still being written; it is left for the next time.
    CHANGING = "changing"
    #: The file is not there (any more).
    GONE = "gone"
    #: Not a file to load but a contract, which is wrong: files of its source are held.
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """One table's fate. `rows_read` = `rows_loaded` + `rows_rejected`; all are 0 where nothing was read.

    `path` is the file, `name` what of it the table is where that is not all of it. `remarks` are what a
    person should know of a table that was loaded all the same, `replacements` what it took the place of.
    """

    path: Path
    outcome: Outcome
    source: str | None = None
    load_id: int | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_rejected: int = 0
    message: str | None = None
    name: str | None = None
    remarks: tuple[Remark, ...] = ()
    replacements: tuple[Replacement, ...] = ()

    @property
    def file(self) -> str:
        """The table's name as it can be printed and stored, whatever bytes it holds."""
        return self.name or printable(self.path.name)

    @property
    def is_fine(self) -> bool:
        """Whether the file's content is in the warehouse."""
        return self.outcome in (Outcome.LOADED, Outcome.KNOWN)
