"""When a file is held as a whole: what its contract bears, and what a person may accept beyond it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg

from ingestion import ledger
from ingestion.contract import Contract, Restate
from ingestion.intake import Intake, kind_of
from ingestion.ledger import Counts, FileFacts, Reject
from ingestion.readers.table import Lack

#: Share of all rows that must have the same fault for it to be the file's rather than theirs.
_UNIFORM = 0.9


class Held(Exception):
    """Nothing of the file is to be taken; `can_be_accepted` says whether a person may have it taken still."""

    def __init__(
        self,
        message: str,
        counts: Counts | None = None,
        rejects: Sequence[Reject] = (),
        can_be_accepted: bool = False,
    ) -> None:
        super().__init__(message)
        self.counts = counts or Counts()
        self.rejects = rejects
        self.can_be_accepted = can_be_accepted


def check_share(contract: Contract, intake: Intake, is_accepted: bool) -> None:
    """Hold a file without rows, and one with more rejected rows than the contract bears.

    Raises:
        Held: it is such a file; nothing but rejected rows cannot be accepted either.
    """
    counts = intake.counts()
    if not counts.read:
        raise Held("it holds a header and no rows: an empty file replaces nothing")
    too_many = counts.rejected > contract.max_rejected_share * counts.read
    if counts.rejected == counts.read or (too_many and not is_accepted):
        raise Held(_beyond_share(contract, intake), counts, intake.kept, counts.rejected < counts.read)


def check_end(intake: Intake, size: int) -> None:
    """Hold a file of `size` bytes that ends inside a row, as a copy does that a full disk has ended.

    Its last line has no line end and cannot be a row, or a quote is open where it ends.

    Raises:
        Held: it ends so.
    """
    end = size
    for row, faults in intake.last:
        if row.raw is None or row.offset + len(row.raw) != end:
            return
        is_last = end == size
        end = row.offset
        lacks_last = intake.last_header and any(each.column == intake.last_header for each in faults)
        is_short = is_last and row.is_unended() and (row.lacks or lacks_last)
        if is_short or row.lacks is Lack.QUOTE:
            raise Held(
                f"it ends inside a row, line {row.line} ({faults[-1].reason}), and is likely cut off: deliver"
                " it again in full",
                intake.counts(),
                intake.kept,
                can_be_accepted=True,
            )


def check_shrinking(
    connection: psycopg.Connection, contract: Contract, facts: FileFacts, load_id: int, intake: Intake
) -> None:
    """Hold a file that holds much fewer rows of its scopes than count now.

    Raises:
        Held: it lacks a larger share of them than the contract bears.
    """
    relation = contract.relation
    if not isinstance(relation, Restate) or relation.max_shrink is None or facts.is_sample:
        return
    scopes = intake.scopes()
    now, then = scopes.total(), ledger.superseded_rows(connection, contract.source, scopes, load_id)
    if now < (1 - relation.max_shrink) * then:
        raise Held(
            f"it would leave {now:,} rows where {then:,} count now (same {relation}); at most"
            f" {relation.max_shrink:.0%} may go: is it cut off",
            intake.counts(),
            intake.kept,
            can_be_accepted=True,
        )


def check_cells(intake: Intake) -> None:
    """Hold a file whose dates are likely to have day and month swapped, or that mixes number formats.

    Raises:
        Held: it is such a file.
    """
    if reason := intake.noticed.mixed_formats() or intake.noticed.swapped_dates():
        raise Held(reason, intake.counts(), intake.kept, can_be_accepted=True)


def version_of(contract: Contract, name: str) -> str | None:
    """The file's version as its name tells it; None for sources whose files follow each other as they arrive.

    Raises:
        Held: the name does not tell what the contract expects of it.
    """
    if contract.version_pattern is None:
        return None
    found = re.search(contract.version_pattern, name.rsplit("/", 1)[-1])
    if not found or not found[1]:
        raise Held(
            f"its name does not tell its version, as the contract finds it ({contract.version_pattern}):"
            " rename it"
        )
    return found[1]


def _beyond_share(contract: Contract, intake: Intake) -> str:
    counts = intake.counts()
    kind, most = intake.faults.most_common(1)[0]
    if most >= _UNIFORM * counts.read:
        # One of the rows that have this fault, which the file's first one may not.
        example = next((each for each in intake.kept if kind_of(each.faults) == kind), intake.kept[0])
        where = f"in {kind[0]} " if kind[0] else ""
        same = "all" if most == counts.read else f"{most:,} of {counts.read:,}"
        return (
            f"{same} rows have the same fault {where}({_first(example)}): correct the file or its"
            " contract, and"
            " replay"
        )
    return (
        f"{counts.rejected:,} of {counts.read:,} rows are broken, at most {contract.max_rejected_share:.0%}"
        f" may be; {_first(intake.kept[0])}"
    )


def _first(reject: Reject) -> str:
    fault = reject.faults[0]
    place = f"line {reject.row.line}" + (f", {fault.column}" if fault.column else "")
    return f"the first is {place}: {fault.reason}"
