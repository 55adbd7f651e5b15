"""The load of one table, in one transaction: rows, quarantine, scopes and ledger entry, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from ingestion.arrival.byte_profile import ByteProfile
from ingestion.contract.model import Contract
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark, RemarkKind
from ingestion.ledger import sweeps
from ingestion.ledger import write as ledger
from ingestion.ledger.write import Acceptance, FileFacts, Predecessor
from ingestion.loading import deliveries, limits, load_tables
from ingestion.loading.account import Account
from ingestion.loading.by_row import RowWriter
from ingestion.loading.deliveries import Taken
from ingestion.loading.limits import Held
from ingestion.loading.progress import Progress
from ingestion.loading.repeated_keys import settle_repeats
from ingestion.loading.result import LoadResult, Outcome
from ingestion.matching.match import Match
from ingestion.matching.tables import Found
from ingestion.tabular.table import Row

if TYPE_CHECKING:
    from ingestion.loading.bulk.prepare import Ahead

#: Bytes from which a check of the whole costs less than reading row by row.
BULK_FROM = 2 << 20

#: Rows between two words to the progress.
_ROWS_A_WORD = 5_000


class Changing(Exception):
    """The file is not the one that was looked at first."""


class NotBulk(Exception):
    """Postgres took other rows than were checked, or refused one: they must be read one by one."""


def is_large_text(found: Found, size: int) -> bool:
    """Whether a table of so many bytes is worth a check of the whole, if it is suited to that."""
    return size >= BULK_FROM and found.dialect is not None and found.match is not None


@dataclass(frozen=True, slots=True)
class TableLoad:
    """What a load works with.

    `path` is where the table's bytes are (unpacked, if they were packed), `ahead` gives what was found out
    while they were hashed, `remarks` are on what lies beside it, `is_unchanged` tells whether the file is
    still the one that was looked at first, `sweep` is the number of the loader's run.
    """

    connection: psycopg.Connection
    url: str | None
    progress: Progress
    facts: FileFacts
    path: Path
    profile: ByteProfile
    ahead: Callable[[], Ahead | None]
    remarks: Sequence[Remark]
    replaced: Predecessor | None
    acceptance: Acceptance | None
    is_unchanged: Callable[[], bool]
    sweep: int

    def run(self, found: Found, path: Path, in_bulk: bool = True) -> LoadResult | Taken:
        """Load the table in the caller's transaction; `path` is the file's, for the result.

        Returns:
            What was taken, which is to be compared with what counts already; a result where it is known.

        Raises:
            Held: a limit of the contract is passed; nothing was written.
            Changing: the file changed while it was read; nothing was written.
            NotBulk: as the class says; nothing was written, and the table must be opened anew.
        """
        match = found.match
        contract = match.contract
        if match.breach and not self.acceptance:
            raise Held(
                HoldKind.WRONG_HEADER,
                f"the header breaks the contract {contract.source} ({match.breach}): correct the file",
                can_be_accepted=True,
            )
        version = limits.version_of(contract, self.facts.name)
        file_part = limits.part_of(contract, self.facts.name)
        try:
            with self.connection.transaction():
                return self._run(found, path, version, file_part, in_bulk)
        except NotBulk:
            load_tables.clear(self.connection, contract)
            raise

    def _run(
        self, found: Found, path: Path, version: str | None, file_part: str, in_bulk: bool
    ) -> LoadResult | Taken:
        connection, facts, contract = self.connection, self.facts, found.match.contract
        content = ledger.find_content(connection, contract.source, facts.sha256, facts.is_sample)
        known = next((each for each in content if each.part == facts.part), None)
        if known and not (self.replaced and known.load_id == self.replaced.load_id):
            load_id = known.load_id
            sweeps.enter(connection, self.sweep, load_id)
            message = f"already loaded as {known.file_name}, load {load_id}: nothing to do"
            return LoadResult(
                path, Outcome.KNOWN, contract.source, load_id, message=message, name=facts.shown
            )
        load_tables.clear(connection, contract)
        load_id = ledger.begin_load(connection, contract, facts, self.sweep, self.replaced, self.acceptance)
        of_others = deliveries.sheets_precedence(content, facts.part)
        precedence = self.replaced.precedence if self.replaced else None
        precedence, sheets = deliveries.join(
            connection, contract, facts, load_id, version, of_others if precedence is None else precedence
        )
        self.progress.begin(facts.shown, self.profile.size, self.profile.lines)
        with ExitStack() as stack:
            account = self._bulk(found, load_id, stack) if in_bulk else None
            way = "bulk" if account else "rows"
            if account is None:
                account = Account(connection, load_id, found.match)
                self.progress.phase("reading")
                rows = found.match.table.rows(found.match.after, found.match.width)
                RowWriter(connection, load_id, account).write(self._reporting(rows))
                account.passed_over += found.match.table.passed_over
                self._check(account)
            settle_repeats(connection, contract, account, [*sheets, load_id], bool(self.acceptance))
            # Once more: rows that share their key may have been refused.
            limits.check_share(contract, account, bool(self.acceptance))
        if not self.is_unchanged():
            raise Changing
        counts = account.counts()
        message = f"reasons: python -m ingestion rejected {load_id}" if counts.rejected else None
        ledger.finish_load(
            connection,
            load_id,
            contract.source,
            facts,
            precedence,
            counts,
            account.scopes(),
            file_part,
            account.passed_over,
            account.remarks,
            way,
            message,
        )
        if not self.acceptance:
            deliveries.check_copy(connection, contract, load_id, sheets)
        return Taken(facts, account, self._loaded(path, contract, load_id, account, message))

    def _check(self, account: Account) -> None:
        if not self.acceptance:
            limits.check_end(account, self.profile.size)
            limits.check_cells(account)
        limits.check_share(account.match.contract, account, bool(self.acceptance))
        account.remarks += [*_remarks(account.match), *self.remarks, *account.notices.remarks()]
        if remark := account.totals_remark():
            account.remarks.append(remark)

    def _bulk(self, found: Found, load_id: int, stack: ExitStack) -> Account | None:
        """Load a large text file as a whole; None where it is not suited to that, and nothing was written."""
        if not is_large_text(found, self.profile.size):
            return None
        # Imported where it is needed: a small file is in before DuckDB and NumPy are.
        from ingestion.loading.bulk.copying import Bulk, copy
        from ingestion.loading.bulk.prepare import NotSuited, TextFile, prepare

        match = found.match
        header = match.table.head[match.after - 1] if match.after else None
        lines = header.line + len(header.raw.splitlines()) - 1 if header else 0
        file = TextFile(self.path, found.dialect, lines, self.profile)
        account = Account(self.connection, load_id, match)
        writer = RowWriter(self.connection, load_id, account)
        copying: list[Future[tuple[list[str], int]]] = []
        thread = stack.enter_context(ThreadPoolExecutor(1))

        def start(bulk: Bulk) -> None:
            self.progress.phase("copying")
            copying.append(thread.submit(copy, bulk, self.url, self.progress.advance))

        self.progress.phase("checking")
        try:
            with self.connection.transaction():
                rows = prepare(file, match, writer, load_id, stack, self.ahead(), start)
        except NotSuited:
            wait(copying)
            load_tables.clear(self.connection, match.contract)
            return None
        self._check(account)
        try:
            tables, copied = copying[-1].result()
        except psycopg.DataError as error:
            raise NotBulk(str(error)) from error
        if copied != rows:
            raise NotBulk(f"Postgres took {copied:,} rows of {rows:,}")
        load_tables.attach(self.connection, match.contract, tables)
        # What an earlier attempt has copied.
        load_tables.clear(self.connection, match.contract)
        return account

    def _reporting(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows; reports their bytes to the progress."""
        size = 0
        for i, row in enumerate(rows, 1):
            size += len(row.raw or b"")
            if not i % _ROWS_A_WORD:
                self.progress.advance(size)
                size = 0
            yield row

    def _loaded(
        self, path: Path, contract: Contract, load_id: int, account: Account, message: str | None
    ) -> LoadResult:
        counts = account.counts()
        loaded = counts.read - counts.rejected
        return LoadResult(
            path,
            Outcome.LOADED,
            contract.source,
            load_id,
            counts.read,
            loaded,
            counts.rejected,
            message,
            self.facts.shown,
            tuple(account.remarks),
        )


def _remarks(match: Match) -> list[Remark]:
    """The reader's remarks on the table, without likely totals where the contract names the totals."""
    return [
        each
        for each in match.table.remarks
        if each.kind is not RemarkKind.LIKELY_TOTALS or not match.contract.totals
    ]
