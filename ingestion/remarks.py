"""What a person should know about a table that was loaded all the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RemarkKind(StrEnum):
    """What a remark is about; the ledger and the health dashboard group by it."""

    #: Files of an archive, or columns of a table, that are not data and were left out.
    PASSED_OVER = "passed_over"


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence per kind and column or sheet; `text` names the place and the next step, if any."""

    kind: RemarkKind
    text: str
