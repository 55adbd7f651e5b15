"""The outcome for one table: a file, a file in an archive, or a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ingestion.findings.remarks import Remark
from ingestion.loading.replacements import Replacement
from ingestion.tabular.cells import printable


class Outcome(StrEnum):
    LOADED = "loaded"
    #: The ledger already has the same content; nothing was written.
    KNOWN = "known"
    #: Nothing of the file was loaded; the ledger says why.
    HELD = "held"
    #: The file is still being written; it is left for next time.
    CHANGING = "changing"
    #: The file does not exist (any more).
    GONE = "gone"
    #: Not a file to load but a faulty contract: files of its source are held.
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The outcome for one table. `rows_read` = `rows_loaded` + `rows_rejected`; 0 if nothing was read.

    `path` is the file, `name` the table in it, if it is not the whole file. `remarks` are what a person
    should know about a loaded table, `replacements` what it replaced.
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
        """The name of the table in a form that can be printed and stored, whatever its bytes."""
        return self.name or printable(self.path.name)

    @property
    def is_fine(self) -> bool:
        """Whether the content of the file is in the warehouse."""
        return self.outcome in (Outcome.LOADED, Outcome.KNOWN)
