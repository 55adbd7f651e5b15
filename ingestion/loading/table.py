"""The load of one table, in one transaction: rows, quarantine, scopes and ledger entry, or nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from ingestion.arrival.byte_profile import ByteProfile
from ingestion.arrival.landing import Snapshot
from ingestion.contract.model import Contract
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.ledger import sweeps, withdrawals
from ingestion.ledger import write as ledger
from ingestion.ledger.write import Acceptance, FileFacts
from ingestion.loading import deliveries, limits, load_tables
from ingestion.loading.account import Account
from ingestion.loading.bulk.not_bulk import NotBulk
from ingestion.loading.by_row import RowWriter
from ingestion.loading.candidate import Candidate, Changing, is_changing
from ingestion.loading.deliveries import Taken
from ingestion.loading.limits import Held
from ingestion.loading.repeated_keys import settle_repeats
from ingestion.loading.result import LoadResult, Outcome
from ingestion.loading.session import Session
from ingestion.matching.match import Match
from ingestion.matching.tables import Found
from ingestion.tabular.table import Row

if TYPE_CHECKING:
    from ingestion.loading.bulk.prepare import Ahead

#: From this many bytes on, checking the file as a whole is cheaper than reading it row by row.
BULK_FROM = 2 << 20

#: Rows between two reports to the progress.
_ROWS_PER_REPORT = 5_000

log = logging.getLogger(__name__)


def is_large_text(found: Found, size: int) -> bool:
    """Whether a table of `size` bytes is large enough for the fast way, if it is suited to it."""
    return size >= BULK_FROM and found.dialect is not None and found.match is not None


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file, or a member of an archive, whose tables are being loaded.

    `seen` is the state of the candidate when it was opened, `path` is where its bytes are (unpacked, if they
    were packed), `ahead` returns what was found while they were hashed, `remarks` are about its archive.
    """

    candidate: Candidate
    seen: Snapshot
    path: Path
    facts: FileFacts
    profile: ByteProfile
    ahead: Callable[[], Ahead | None]
    remarks: Sequence[Remark]


@dataclass(frozen=True, slots=True)
class TableLoad:
    """The load of a table that was found in a file; `facts` are those of the table."""

    session: Session
    file: OpenFile
    found: Found
    facts: FileFacts

    def run(self) -> LoadResult | Taken:
        """Load the table in the caller's transaction.

        Returns:
            What was loaded, to be compared with what counts already; or a result, if the content is known.

        Raises:
            Held: a limit of the contract is exceeded; nothing was written.
            Changing: the file changed while it was read; nothing was written.
        """
        match, contract = self.found.match, self._contract
        if match.breach and not self._acceptance:
            raise Held(
                HoldKind.WRONG_HEADER,
                f"the header breaks the contract {contract.source} ({match.breach}): correct the file",
                can_be_accepted=True,
            )
        version = limits.version_of(contract, self.facts.name)
        file_part = limits.part_of(contract, self.facts.name)
        with self.session.connection.transaction():
            return self._run(version, file_part)

    @property
    def _contract(self) -> Contract:
        return self.found.match.contract

    @property
    def _acceptance(self) -> Acceptance | None:
        return self.file.candidate.acceptance

    def _run(self, version: str | None, file_part: str) -> LoadResult | Taken:
        connection, sweep, progress = self.session.connection, self.session.sweep, self.session.progress
        facts, match, contract = self.facts, self.found.match, self._contract
        replaced, is_accepted = self.file.candidate.replaced, bool(self._acceptance)
        content = ledger.find_content(connection, contract.source, facts.sha256, facts.is_sample)
        known = next((each for each in content if each.part == facts.part), None)
        if known and not (replaced and known.load_id == replaced.load_id):
            sweeps.enter(connection, sweep, known.load_id)
            message = f"already loaded as {known.file_name}, load {known.load_id}: nothing to do"
            return self._result(Outcome.KNOWN, known.load_id, message=message)
        if not is_accepted:
            limits.check_withdrawn(withdrawals.withdrawn_content(connection, contract.source, facts))
        load_tables.clear(connection, contract)
        load_id = ledger.begin_load(connection, contract, facts, sweep, replaced, self._acceptance)
        precedence = replaced.precedence if replaced else None
        if precedence is None:
            precedence = deliveries.sheets_precedence(content, facts.part)
        precedence, sheets = deliveries.join(connection, contract, facts, load_id, version, precedence)
        progress.begin(facts.shown, self.file.profile.size, self.file.profile.lines)
        with ExitStack() as stack:
            account = self._bulk(load_id, stack)
            way = "bulk" if account else "rows"
            if account is None:
                account = Account(connection, load_id, match)
                progress.phase("reading")
                rows = match.table.rows(match.after, match.width)
                RowWriter(connection, load_id, account).write(self._reporting(rows))
                account.passed_over += match.table.passed_over
                self._check(account)
            settle_repeats(connection, contract, account, [*sheets, load_id], is_accepted)
            # Again: rows that share their key may have been refused.
            limits.check_share(contract, account, is_accepted)
        if is_changing(self.file.candidate.path, self.file.seen):
            raise Changing
        counts = account.counts()
        message = f"reasons: python -m ingestion rejected {load_id}" if counts.rejected else None
        ledger.enter_scopes(connection, load_id, contract.source, file_part, account.scopes())
        ledger.finish_load(
            connection, load_id, precedence, counts, account.passed_over, account.remarks, way, message
        )
        ledger.resolve_hold(connection, load_id, facts)
        if not is_accepted:
            deliveries.check_copy(connection, contract, load_id, sheets)
        result = self._result(
            Outcome.LOADED,
            load_id,
            rows_read=counts.read,
            rows_loaded=counts.read - counts.rejected,
            rows_rejected=counts.rejected,
            message=message,
            remarks=tuple(account.remarks),
        )
        return Taken(facts, account, result)

    def _check(self, account: Account) -> None:
        if not self._acceptance:
            limits.check_end(account, self.file.profile.size)
            limits.check_cells(account)
        limits.check_share(account.match.contract, account, bool(self._acceptance))
        account.remarks += [*_remarks(account.match), *self.file.remarks, *account.notices.remarks()]
        if remark := account.totals_remark():
            account.remarks.append(remark)

    def _bulk(self, load_id: int, stack: ExitStack) -> Account | None:
        """Load a large text file as a whole; None where the row reader must: then nothing was written."""
        if not is_large_text(self.found, self.file.profile.size):
            return None
        # Imported on demand: a small file is loaded sooner than DuckDB and NumPy are.
        from ingestion.loading.bulk.copying import Bulk, copy
        from ingestion.loading.bulk.prepare import TextFile, prepare

        connection, match, progress = self.session.connection, self.found.match, self.session.progress
        header = match.table.head[match.after - 1] if match.after else None
        lines = header.line + len(header.raw.splitlines()) - 1 if header else 0
        file = TextFile(self.file.path, self.found.dialect, lines, self.file.profile)
        account = Account(connection, load_id, match)
        writer = RowWriter(connection, load_id, account)
        copying: list[Future[tuple[list[str], int]]] = []
        thread = stack.enter_context(ThreadPoolExecutor(1))

        def start(bulk: Bulk) -> None:
            progress.phase("copying")
            copying.append(thread.submit(copy, bulk, self.session.url, progress.advance))

        progress.phase("checking")
        try:
            with connection.transaction():
                rows = prepare(file, match, writer, load_id, stack, self.file.ahead(), start)
                self._check(account)
                load_tables.attach(connection, match.contract, self._copied(copying[-1], rows))
        except NotBulk:
            wait(copying)
            account = None
        # Tables of a load that was given up, or of an earlier attempt.
        load_tables.clear(connection, match.contract)
        return account

    def _copied(self, copying: Future[tuple[list[str], int]], rows: int) -> list[str]:
        """The tables that were filled, with as many rows as were checked.

        Raises:
            NotBulk: Postgres refused one, or took other rows.
        """
        try:
            tables, copied = copying.result()
        except psycopg.DataError as error:
            tables, problem = [], str(error)
        else:
            problem = f"Postgres took {copied:,} rows of {rows:,}" if copied != rows else ""
        if problem:
            log.warning("%s is read row by row after all: %s", self.facts.name, problem)
            raise NotBulk(problem)
        return tables

    def _reporting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, with their bytes reported to the progress."""
        size = 0
        for i, row in enumerate(rows, 1):
            size += len(row.raw or b"")
            if not i % _ROWS_PER_REPORT:
                self.session.progress.advance(size)
                size = 0
            yield row

    def _result(self, outcome: Outcome, load_id: int, **what: Any) -> LoadResult:
        path, source = self.file.candidate.path, self._contract.source
        return LoadResult(path, outcome, source, load_id, name=self.facts.shown, **what)


def _remarks(match: Match) -> list[Remark]:
    """The remarks of the reader, without likely totals if the contract names the totals."""
    return [
        each
        for each in match.table.remarks
        if each.kind is not RemarkKind.LIKELY_TOTALS or not match.contract.totals
    ]
