"""Holds files that exceed what their contract tolerates; says what a person may accept all the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingestion.contract.model import Contract, Restate
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark, RemarkKind, counted
from ingestion.ledger.scopes import named_scope
from ingestion.ledger.withdrawals import Withdrawal
from ingestion.ledger.write import Counts, Reject
from ingestion.loading.account import Account
from ingestion.tabular.table import Lack

if TYPE_CHECKING:
    from ingestion.loading.meeting import Meeting

#: With the same fault in this share of the rows, it is a fault of the file.
_UNIFORM = 0.9

#: By chance, this many days of one file all precede, or all follow, as many of another once in 35 times.
_SEVERAL_DAYS = 4


class Held(Exception):
    """Nothing of the file is to be loaded, unless `can_be_accepted` and a person accepts it."""

    def __init__(
        self,
        kind: HoldKind,
        message: str,
        counts: Counts | None = None,
        rejects: Sequence[Reject] = (),
        can_be_accepted: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.counts = counts or Counts()
        self.rejects = rejects
        self.can_be_accepted = can_be_accepted


def check_withdrawn(withdrawal: Withdrawal | None) -> None:
    """Hold a file whose content a person has taken back.

    Raises:
        Held: it was withdrawn, and that was not undone.
    """
    if withdrawal:
        raise Held(
            HoldKind.WITHDRAWN,
            f"its content is that of load {withdrawal.load_id}, which {withdrawal.by} withdrew"
            f" ({withdrawal.why}): to count it again,"
            f" python -m ingestion withdraw {withdrawal.load_id} --undo",
        )


def check_share(contract: Contract, account: Account, is_accepted: bool) -> None:
    """Hold a file without rows, or with more rejected rows than the contract tolerates.

    Raises:
        Held: it has no rows, or too many are rejected; if all are, nobody can accept it.
    """
    counts = account.counts()
    if not counts.read:
        raise Held(HoldKind.NO_ROWS, "it holds a header and no rows: an empty file replaces nothing")
    too_many = counts.rejected > contract.max_rejected_share * counts.read
    if counts.rejected == counts.read or (too_many and not is_accepted):
        kind, message = _beyond_share(contract, account)
        raise Held(kind, message, counts, account.kept, counts.rejected < counts.read)


def check_end(account: Account, size: int) -> None:
    """Hold a file of `size` bytes that ends inside a row, like a copy that a full disk has cut off.

    Its last line has no line end and cannot be a row, or a quote is still open at its end.

    Raises:
        Held: it is such a file.
    """
    end = size
    for row, faults in account.last:
        if row.raw is None or row.offset + len(row.raw) != end:
            return
        is_last = end == size
        end = row.offset
        lacks_last = account.last_header and any(each.column == account.last_header for each in faults)
        is_short = is_last and row.is_unended() and (row.lacks or lacks_last)
        if is_short or row.lacks is Lack.QUOTE:
            raise Held(
                HoldKind.CUT_OFF,
                f"it ends inside a row, line {row.line} ({faults[-1].reason}), and is likely cut off: deliver"
                " it again in full",
                account.counts(),
                account.kept,
                can_be_accepted=True,
            )


def check_shrinking(relation: Restate, earlier: Sequence[Meeting]) -> None:
    """Hold a file with far fewer rows in its scopes than count now.

    Raises:
        Held: it lacks a larger share of them than the contract tolerates.
    """
    if relation.max_shrink is None:
        return
    now = sum({each.scope: each.rows for each in earlier}.values())
    then = sum(each.other_rows for each in earlier)
    if now < (1 - relation.max_shrink) * then:
        raise Held(
            HoldKind.SHRUNK,
            f"it would leave {now:,} rows where {then:,} count now (same {relation}); at most"
            f" {relation.max_shrink:.0%} may go: check that it is complete",
            can_be_accepted=True,
        )


def check_cells(account: Account) -> None:
    """Hold a file in whose dates day and month are likely swapped, or that mixes number formats.

    Raises:
        Held: it is such a file.
    """
    for kind, message in (
        (HoldKind.NUMBER_FORMATS, account.notices.mixed_formats()),
        (HoldKind.SWAPPED_DATES, account.notices.swapped_dates()),
    ):
        if message:
            raise Held(kind, message, account.counts(), account.kept, can_be_accepted=True)


def shrunk_scopes(relation: Restate, earlier: Sequence[Meeting]) -> Remark | None:
    """A remark on scopes that lack a larger share of their rows than the contract tolerates overall."""
    if relation.max_shrink is None:
        return None
    before: Counter[str] = Counter()
    for each in earlier:
        before[each.scope] += each.other_rows
    left = {each.scope: each.rows for each in earlier}
    shrunk = sorted(
        (scope for scope in left if left[scope] < (1 - relation.max_shrink) * before[scope]),
        key=lambda scope: left[scope] - before[scope],
    )
    if not shrunk:
        return None
    most = shrunk[0]
    text = (
        f"{len(shrunk):,} of the {len(left):,} scopes that it replaces lose more than"
        f" {relation.max_shrink:.0%} of their rows, most of all {named_scope(most)}: {before[most]:,} before,"
        f" {left[most]:,} now"
    )
    return Remark(RemarkKind.SHRUNK, text)


def check_days(earlier: Sequence[Meeting]) -> None:
    """Hold a file with other days than what it would replace: it is likely the next part of the data.

    That is so if it has none of those days, or if several of its days in a scope all come after, or before,
    several earlier ones. With few sales, a correction may move all days of one scope among many.

    Raises:
        Held: it is such a file.
    """
    common = {each.scope for each in earlier if each.has_common_day is not False}
    apart = [each for each in earlier if each.scope not in common]
    if not apart or (common and not any(map(_is_beside, apart))):
        return
    example = max(apart, key=lambda each: (_is_beside(each), each.other_rows))
    raise Held(
        HoldKind.OTHER_DAYS,
        f"none of its days in {named_scope(example.scope)} lies in what it would replace: it holds"
        f" {counted(example.rows)} from {example.first} to {example.last}, load {example.other}"
        f" {counted(example.other_rows)} from {example.other_first} to {example.other_last}. If both count,"
        " let the contract tell them apart (a column more in scope, or fileParts), and replay",
        can_be_accepted=True,
    )


def _is_beside(meeting: Meeting) -> bool:
    is_apart = meeting.last < meeting.other_first or meeting.other_last < meeting.first
    return is_apart and min(meeting.days, meeting.other_days) >= _SEVERAL_DAYS


def part_of(contract: Contract, name: str) -> str:
    """The part of a delivery that the file is, from its name; empty for sources without parts.

    Raises:
        Held: the name does not have it.
    """
    pattern = contract.relation.file_part if isinstance(contract.relation, Restate) else None
    if pattern is None:
        return ""
    return _found_in_name(pattern, "which part of a delivery it is", name)


def version_of(contract: Contract, name: str) -> str | None:
    """The version of the file, from its name; None for sources whose files count in the order of arrival.

    Raises:
        Held: the name does not have it.
    """
    if contract.version_pattern is None:
        return None
    return _found_in_name(contract.version_pattern, "its version", name)


def _found_in_name(pattern: str, what: str, name: str) -> str:
    found = re.search(pattern, name.rsplit("/", 1)[-1])
    if not found or not found[1]:
        raise Held(
            HoldKind.INCOMPLETE_NAME,
            f"its name does not tell {what}, as the contract finds it ({pattern}): rename it",
        )
    return found[1]


def _beyond_share(contract: Contract, account: Account) -> tuple[HoldKind, str]:
    counts = account.counts()
    group, most = account.faults.most_common(1)[0]
    if most >= _UNIFORM * counts.read:
        # One of the rows with this fault, which the first rejected row may not have.
        example = next((each for each in account.kept if each.faults[0].group == group), account.kept[0])
        where = f"in {group.column} " if group.column else ""
        same = "all" if most == counts.read else f"{most:,} of {counts.read:,}"
        return HoldKind.SAME_FAULT, (
            f"{same} rows have the same fault {where}({_first(example)}): correct the file or its"
            " contract, and replay"
        )
    return HoldKind.TOO_MANY_BROKEN, (
        f"{counts.rejected:,} of {counts.read:,} rows are broken, at most {contract.max_rejected_share:.0%}"
        f" may be; {_first(account.kept[0])}"
    )


def _first(reject: Reject) -> str:
    fault = reject.faults[0]
    place = f"line {reject.row.line}" + (f", {fault.column}" if fault.column else "")
    return f"the first is {place}: {fault.reason}"
