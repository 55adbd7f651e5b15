"""Takes one file at a time, and leaves it completely loaded, held or untouched."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from ingestion.arrival import landing as places
from ingestion.arrival.archives import Member
from ingestion.arrival.byte_profile import profile_bytes
from ingestion.arrival.file_names import shown_path
from ingestion.arrival.landing import Snapshot
from ingestion.arrival.open_files import is_open_for_writing
from ingestion.contract.comparison import is_named
from ingestion.contract.model import Contract
from ingestion.findings.reasons import HoldKind
from ingestion.findings.remarks import Remark
from ingestion.ledger import sweeps
from ingestion.ledger import write as ledger
from ingestion.ledger.write import FileFacts
from ingestion.loading import load_tables
from ingestion.loading.account import Account
from ingestion.loading.candidate import Candidate, Changing, is_changing
from ingestion.loading.deliveries import Taken, settle
from ingestion.loading.limits import Held
from ingestion.loading.result import LoadResult, Outcome
from ingestion.loading.session import Session
from ingestion.loading.table import OpenFile, TableLoad, is_large_text
from ingestion.matching.tables import Found, find_tables
from ingestion.readers.opening import open_members
from ingestion.tabular.cells import printable
from ingestion.tabular.table import Unreadable

if TYPE_CHECKING:
    from ingestion.loading.bulk.prepare import Ahead

log = logging.getLogger(__name__)


class Done(NamedTuple):
    """What became of a candidate's tables, and the state of the file that was read."""

    results: list[LoadResult]
    seen: Snapshot | None


class _Refused(NamedTuple):
    """A table that is to be held."""

    facts: FileFacts
    error: Held | Unreadable
    contract: Contract | None


class Loader(Session):
    """Loads files, one at a time.

    A faulty contract, or one that its raw table does not fit, holds only the files of its own source.
    """

    def load(self, candidate: Candidate) -> Done:
        """Load one file; its own problems become results.

        Raises:
            psycopg.Error: a problem of the warehouse, not of this file.
        """
        results: list[LoadResult] = []
        seen: Snapshot | None = None
        path = candidate.path
        facts = FileFacts(
            printable(path.name.removeprefix(candidate.prefix)),
            candidate.is_sample,
            datetime.now(UTC),
            path=shown_path(path.absolute()),
        )
        try:
            if candidate.folder and places.leads_out(path, candidate.folder):
                raise Held(
                    HoldKind.NO_ACCESS,
                    f"it is a link that leads out of {candidate.folder.name}/: copy the file there",
                )
            seen = places.snapshot(path)
            if candidate.seen not in (None, seen):
                raise Changing
            if candidate.seen:
                facts = replace(facts, arrived_at=places.arrival(path))
            if not path.is_file():
                raise Held(HoldKind.NO_ACCESS, "it is not a regular file")
            if is_open_for_writing(path):
                raise Changing
            with open_members(path) as members:
                for member in members:
                    results += self._load_member(candidate, member, facts, seen, members.remarks())
        except (FileNotFoundError, Changing):
            return Done([*results, left(path)], seen)
        except OSError as error:
            held = Held(HoldKind.NO_ACCESS, f"it cannot be read: {error.strerror or error}")
            results.append(self._held(candidate, facts, held, seen))
        except Held as error:
            results.append(self._held(candidate, facts, error, seen))
        except Unreadable as error:
            results.append(self._held(candidate, self._hashed(facts, path), error, seen))
        except psycopg.Error:
            # A problem of the warehouse: all other files would be held for it too.
            raise
        except Exception as error:
            results.append(self._held(candidate, self._hashed(facts, path), _unexpected(facts, error), seen))
        if not results:
            member, parts = candidate.only
            wanted = " ".join(filter(None, (member, *sorted(parts))))
            message = f"it holds nothing to load, as {wanted}" if wanted else "it holds nothing to load"
            held = Held(HoldKind.NO_ROWS, message)
            results.append(self._held(candidate, facts, held, seen))
        return Done(results, seen)

    def faulty(self) -> list[LoadResult]:
        """A result for each fault in contracts; the files of a faulty contract are not loaded."""
        return [
            LoadResult(
                fault.path, Outcome.FAULTY, message=f"{fault}; until it is corrected, its files are held"
            )
            for fault in self.faults
        ]

    def note_path(self, load_ids: Iterable[int], path: Path) -> None:
        """Record in the ledger where the file of these loads is now.

        If that fails, the file can still be found: the number of the load is in its name.
        """
        with suppress(psycopg.OperationalError):
            ledger.moved(self.connection, load_ids, shown_path(path))

    def _load_member(
        self,
        candidate: Candidate,
        member: Member,
        facts: FileFacts,
        seen: Snapshot,
        remarks: Sequence[Remark],
    ) -> Iterator[LoadResult]:
        wanted, parts = candidate.only
        if wanted not in (None, member.name.partition("/")[2]):
            return
        # Its original name, which contracts refer to, not the one under which it was set aside.
        name = member.name.removeprefix(candidate.prefix)
        if candidate.name:
            name = "".join([candidate.name, *member.name.partition("/")[1:]])
        member = member._replace(name=name)
        facts = replace(facts, name=name, started_at=datetime.now(UTC))
        try:
            with find_tables(member, self.contracts) as tables, self._looking_ahead(member, tables) as ahead:
                profile = profile_bytes(member.path)
                facts = replace(facts, sha256=profile.sha256, size=profile.size)
                file = OpenFile(candidate, seen, member.path, facts, profile, ahead, remarks)
                for group in _by_source(_wanted(tables, parts)):
                    yield from self._load_group(file, group)
        except Unreadable as error:
            yield self._held(candidate, self._hashed(facts, member.path), error, seen)

    @contextmanager
    def _looking_ahead(self, member: Member, tables: Sequence[Found]) -> Iterator[Callable[[], Ahead | None]]:
        """Checks the lines of a large text file while it is hashed, which takes only one core."""
        found = tables[0]
        if not is_large_text(found, member.size) or ledger.knows_size(
            self.connection, found.match.contract.source, member.size
        ):
            yield lambda: None
            return
        from ingestion.loading.bulk.prepare import look_ahead

        with ThreadPoolExecutor(1) as thread:
            yield thread.submit(look_ahead, member.path, found.dialect, found.match).result

    def _load_group(self, file: OpenFile, tables: Sequence[Found]) -> Iterator[LoadResult]:
        """Load the tables of a file that belong to one source, and compare them together with what counts."""
        contract = tables[0].match.contract if tables[0].match else None
        outcomes: list[LoadResult | Taken | _Refused] = []
        try:
            with self.connection.transaction():
                if contract:
                    ledger.lock_source(self.connection, contract.source)
                outcomes = [self._load_table(file, each) for each in tables]
                outcomes = self._settled(file.candidate, contract, outcomes)
        except Held as held:
            outcomes = [
                _Refused(each.facts, _of_table(held, each.account), contract)
                if isinstance(each, Taken)
                else each
                for each in outcomes
            ]
        except BaseException:
            self._clear(contract)
            raise
        if any(isinstance(each, _Refused) for each in outcomes):
            self._clear(contract)
        for each in outcomes:
            if isinstance(each, _Refused):
                yield self._held(file.candidate, each.facts, each.error, file.seen, each.contract)
            else:
                yield each.result if isinstance(each, Taken) else each

    def _settled(
        self,
        candidate: Candidate,
        contract: Contract | None,
        outcomes: list[LoadResult | Taken | _Refused],
    ) -> list[LoadResult | Taken | _Refused]:
        """The outcomes, with remarks on what the loaded tables replace.

        Raises:
            Held: these tables must be held after all.
        """
        taken = [each for each in outcomes if isinstance(each, Taken)]
        if not taken:
            return outcomes
        try:
            settled = iter(settle(self.connection, contract, taken, candidate.replaced, candidate.acceptance))
        except psycopg.ProgrammingError as error:
            raise _unexpected(taken[0].facts, error) from error
        return [next(settled) if isinstance(each, Taken) else each for each in outcomes]

    def _clear(self, contract: Contract | None) -> None:
        """Drop what a bulk load has copied but not attached."""
        if contract is None:
            return
        with suppress(psycopg.Error), self.connection.transaction():
            ledger.lock_source(self.connection, contract.source)
            load_tables.clear(self.connection, contract)

    def _load_table(self, file: OpenFile, found: Found) -> LoadResult | Taken | _Refused:
        facts = replace(file.facts, part=found.part)
        contract = found.match.contract if found.match else None
        try:
            self._check_contract(facts, found)
            try:
                return TableLoad(self, file, found, facts).run()
            finally:
                self.progress.end()
        except (Held, Unreadable) as error:
            held = error
        except Changing:
            raise
        except psycopg.DataError as error:
            held = Held(
                HoldKind.REFUSED_BY_POSTGRES,
                f"Postgres refuses a value that passed the checks: {error.diag.message_primary}",
            )
        except (psycopg.Error, OSError):
            raise
        except Exception as error:
            held = _unexpected(facts, error)
        return _Refused(facts, held, contract)

    def _check_contract(self, facts: FileFacts, found: Found) -> None:
        """Hold a file whose contract is not known for certain, or does not fit its raw table.

        Raises:
            Held: the text says what to do.
        """
        broken = "; ".join(map(str, self.faults))
        if found.match is None:
            hint = (
                f". It may belong to a contract that is wrong: correct {broken}; then replay it"
                if broken
                else ""
            )
            raise Held(found.fault.kind, f"{found.fault}{hint}")
        contract = found.match.contract
        if contract.source in self.unfit:
            raise Held(HoldKind.RAW_TABLE, str(self.unfit[contract.source]))
        # The header may also be that of a faulty contract: then only the name decides.
        if broken and contract.file_names and not is_named(facts.name, contract.file_names):
            raise Held(
                HoldKind.BROKEN_CONTRACT,
                f"its header fits {contract.source}, its name does not, and it may belong to a contract that"
                f" is wrong: correct {broken}; then replay it",
            )

    def _held(
        self,
        candidate: Candidate,
        facts: FileFacts,
        error: Held | Unreadable,
        seen: Snapshot | None,
        contract: Contract | None = None,
    ) -> LoadResult:
        if seen and is_changing(candidate.path, seen):
            raise Changing
        held = error if isinstance(error, Held) else Held(error.kind, str(error))
        source = contract.source if contract else None
        with self.connection.transaction():
            ledger.lock_source(self.connection, source)
            load_id = ledger.hold(
                self.connection, contract, facts, held.counts, held.rejects, held.kind, printable(str(held))
            )
            sweeps.enter(self.connection, self.sweep, load_id)
        message = f"nothing taken: {printable(str(held))}"
        if held.can_be_accepted:
            message += f'; or take it as it is: python -m ingestion accept {load_id} --why "…"'
        read = held.counts.read
        return LoadResult(candidate.path, Outcome.HELD, source, load_id, read, 0, read, message, facts.shown)

    @staticmethod
    def _hashed(facts: FileFacts, path: Path) -> FileFacts:
        with suppress(OSError):
            profile = profile_bytes(path)
            return replace(facts, sha256=profile.sha256, size=profile.size)
        return facts


def _wanted(tables: Sequence[Found], parts: frozenset[str]) -> list[Found]:
    """The tables with these names; the only table of a file may replace a sheet with another name."""
    if len(parts) == len(tables) == 1 and not tables[0].part:
        return [replace(tables[0], part=next(iter(parts)))]
    return [each for each in tables if not parts or each.part in parts]


def _by_source(tables: Sequence[Found]) -> list[list[Found]]:
    """The tables by source, in the order of their first one; those without a source separately."""
    groups: dict[object, list[Found]] = {}
    for each in tables:
        source = each.match.contract.source if each.match else id(each)
        groups.setdefault(source, []).append(each)
    return list(groups.values())


def _of_table(held: Held, account: Account) -> Held:
    """The reason why a file is held, for one of its tables that had been loaded."""
    return Held(held.kind, str(held), account.counts(), account.kept, held.can_be_accepted)


def _unexpected(facts: FileFacts, error: Exception) -> Held:
    # With its traceback, for whoever fixes it.
    log.exception("%s cannot be taken", facts.name)
    return Held(
        HoldKind.UNEXPECTED, f"an unexpected error ended its reading, {type(error).__name__}: {error}"
    )


def left(path: Path) -> LoadResult:
    """The result of a file that has changed or disappeared since it was found."""
    if path.exists():
        return LoadResult(path, Outcome.CHANGING, message="it is still being written: left for the next time")
    message = "there is no such file (any more): was it moved or loaded by another process?"
    return LoadResult(path, Outcome.GONE, message=message)
