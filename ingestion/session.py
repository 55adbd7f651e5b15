"""One loader at work: takes a file at a time, and leaves each wholly loaded, held or untouched."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from ingestion import landing as places
from ingestion import ledger
from ingestion.contract import Contract
from ingestion.contract_files import Contracts, find_contracts
from ingestion.ddl import ensure_schema
from ingestion.landing import Snapshot
from ingestion.ledger import Acceptance, FileFacts, Predecessor
from ingestion.limits import Held
from ingestion.matching import is_named
from ingestion.migration import SchemaMismatch
from ingestion.names import shown_path
from ingestion.progress import Progress
from ingestion.readers import Member, open_members
from ingestion.readers.table import Unreadable
from ingestion.remarks import Remark
from ingestion.result import LoadResult, Outcome
from ingestion.survey import Survey, survey
from ingestion.table_load import Changing, NotBulk, TableLoad, is_large_text
from ingestion.tables import Found, find_tables
from ingestion.values import printable
from ingestion.warehouse import connect
from ingestion.writers import is_open_for_writing

if TYPE_CHECKING:
    from ingestion.bulk.prepare import Ahead

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to load.

    `folder` is what it must lie in, and `seen` what it was when it was found there complete; None for a
    file that was named by itself. `only` is the one table of it that is wanted: its name in an archive and
    its part, None where any is. `prefix` was put before the file's name when it was set aside;
    `name` is the one that it came with.
    """

    path: Path
    is_sample: bool
    folder: Path | None = None
    seen: Snapshot | None = None
    only: tuple[str | None, str | None] | None = None
    prefix: str = ""
    name: str | None = None
    replaced: Predecessor | None = None
    acceptance: Acceptance | None = None


class Done(NamedTuple):
    """What became of a candidate's tables, and the state of the file that was read."""

    results: list[LoadResult]
    seen: Snapshot | None


class Session:
    """A connection to the warehouse, with the contracts that it keeps to; a context manager.

    A contract that is wrong, or that its raw table does not fit, holds the files of its own source alone.
    """

    def __init__(
        self,
        url: str | None = None,
        contracts: Sequence[Contract] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.contracts, self.faults = find_contracts() if contracts is None else Contracts(tuple(contracts))
        self._unfit: dict[str, SchemaMismatch] = {}
        self.progress = progress or Progress()
        self._url = url
        self.connection = connect(url)

    def __enter__(self) -> Session:
        with self.connection.transaction():
            self._unfit = ensure_schema(self.connection, self.contracts)
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def load(self, candidate: Candidate) -> Done:
        """Load one file; problems of its own become results.

        Raises:
            psycopg.Error: the warehouse's trouble, not this file's.
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
                raise Held(f"it is a link that leads out of {candidate.folder.name}/: copy the file there")
            seen = places.snapshot(path)
            if candidate.seen not in (None, seen):
                raise Changing
            if not path.is_file():
                raise Held("it is not a regular file")
            if is_open_for_writing(path):
                raise Changing
            with open_members(path) as members:
                for member in members:
                    results += self._load_member(candidate, member, facts, seen, members.remarks())
        except (FileNotFoundError, Changing):
            return Done([*results, left(path)], seen)
        except OSError as error:
            results.append(
                self._held(candidate, facts, Held(f"it cannot be read: {error.strerror or error}"), seen)
            )
        except Held as error:
            results.append(self._held(candidate, facts, error, seen))
        except Unreadable as error:
            results.append(self._held(candidate, self._hashed(facts, path), error, seen))
        except psycopg.Error:
            # The warehouse's trouble, not this file's: all others would be held for it too.
            raise
        except Exception as error:
            results.append(self._held(candidate, self._hashed(facts, path), _unexpected(facts, error), seen))
        if not results:
            wanted = " ".join(filter(None, candidate.only or ()))
            held = Held(f"it holds nothing to load, as {wanted}" if wanted else "it holds nothing to load")
            results.append(self._held(candidate, facts, held, seen))
        return Done(results, seen)

    def faulty(self) -> list[LoadResult]:
        """A result for each fault in contracts: no file of theirs is loaded until it is corrected."""
        return [
            LoadResult(
                fault.path, Outcome.FAULTY, message=f"{fault}; until it is corrected, its files are held"
            )
            for fault in self.faults
        ]

    def note_path(self, load_ids: Iterable[int], path: Path) -> None:
        """Keep in the ledger where the file of these loads lies now.

        What the server cannot note just now costs a search later: the file has the load's number in its name.
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
        wanted, part = candidate.only or (None, None)
        if wanted not in (None, member.name.partition("/")[2]):
            return
        # its own name, by which contracts know it, not the one that it was set aside under
        name = member.name.removeprefix(candidate.prefix)
        if candidate.name:
            name = "".join([candidate.name, *member.name.partition("/")[1:]])
        member = member._replace(name=name)
        facts = replace(facts, name=name, started_at=datetime.now(UTC))
        try:
            with find_tables(member, self.contracts) as tables, self._looking_ahead(member, tables) as ahead:
                surveyed = survey(member.path)
                facts = replace(facts, sha256=surveyed.sha256, size=surveyed.size)
                for found in tables:
                    if part in (None, found.part):
                        one = replace(facts, part=found.part)
                        yield self._load_found(candidate, member, one, found, surveyed, ahead, seen, remarks)
        except Unreadable as error:
            yield self._held(candidate, self._hashed(facts, member.path), error, seen)

    @contextmanager
    def _looking_ahead(self, member: Member, tables: Sequence[Found]) -> Iterator[Callable[[], Ahead | None]]:
        """Checks a large text file's lines while it is hashed: that takes one core, and leaves the other."""
        found = tables[0]
        if not is_large_text(found, member.size) or ledger.knows_size(
            self.connection, found.match.contract.source, member.size
        ):
            yield lambda: None
            return
        from ingestion.bulk.prepare import look_ahead

        with ThreadPoolExecutor(1) as thread:
            yield thread.submit(look_ahead, member.path, found.dialect, found.match).result

    def _load_found(
        self,
        candidate: Candidate,
        member: Member,
        facts: FileFacts,
        found: Found,
        surveyed: Survey,
        ahead: Callable[[], Ahead | None],
        seen: Snapshot,
        remarks: Sequence[Remark],
    ) -> LoadResult:
        contract = found.match.contract if found.match else None
        try:
            self._check_contract(facts, found)
            job = TableLoad(
                connection=self.connection,
                url=self._url,
                progress=self.progress,
                facts=facts,
                path=member.path,
                survey=surveyed,
                ahead=ahead,
                remarks=remarks,
                replaced=candidate.replaced,
                acceptance=candidate.acceptance,
                is_unchanged=lambda: not is_changing(candidate.path, seen),
            )
            try:
                return job.run(found, candidate.path)
            except NotBulk as error:
                log.warning("%s is read row by row after all: %s", facts.name, error)
                with find_tables(member, self.contracts) as tables:
                    again = next(each for each in tables if each.part == found.part)
                    return job.run(again, candidate.path, in_bulk=False)
            finally:
                self.progress.end()
        except (Held, Unreadable) as error:
            held = error
        except Changing:
            raise
        except psycopg.DataError as error:
            held = Held(f"Postgres refuses a value that passed the checks: {error.diag.message_primary}")
        except (psycopg.Error, OSError):
            raise
        except Exception as error:
            held = _unexpected(facts, error)
        return self._held(candidate, facts, held, seen, contract)

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
            raise Held(f"{found.fault}{hint}")
        contract = found.match.contract
        if contract.source in self._unfit:
            raise Held(str(self._unfit[contract.source]))
        # The header may be that of a contract which is wrong too: then only the name tells.
        if broken and contract.file_names and not is_named(facts.name, contract.file_names):
            raise Held(
                f"its header fits {contract.source}, its name does not, and it may belong to a contract that"
                f" is wrong: correct {broken}; then replay it"
            )

    def _held(
        self,
        candidate: Candidate,
        facts: FileFacts,
        error: Exception,
        seen: Snapshot | None,
        contract: Contract | None = None,
    ) -> LoadResult:
        if seen and is_changing(candidate.path, seen):
            raise Changing
        held = error if isinstance(error, Held) else Held(str(error))
        source = contract.source if contract else None
        with self.connection.transaction():
            ledger.lock_source(self.connection, source)
            load_id = ledger.hold(
                self.connection, contract, facts, held.counts, held.rejects, printable(str(held))
            )
        message = f"nothing taken: {printable(str(held))}"
        if held.can_be_accepted:
            message += f'; or take it as it is: python -m ingestion accept {load_id} --why "…"'
        read = held.counts.read
        return LoadResult(candidate.path, Outcome.HELD, source, load_id, read, 0, read, message, facts.shown)

    @staticmethod
    def _hashed(facts: FileFacts, path: Path) -> FileFacts:
        with suppress(OSError):
            surveyed = survey(path)
            return replace(facts, sha256=surveyed.sha256, size=surveyed.size)
        return facts


def _unexpected(facts: FileFacts, error: Exception) -> Held:
    # With its traceback, for whoever mends it.
    log.exception("%s cannot be taken", facts.name)
    return Held(f"an unexpected error ended its reading, {type(error).__name__}: {error}")


def left(path: Path) -> LoadResult:
    """The result of a file that is not, or not any more, what it was when it was found."""
    if path.exists():
        return LoadResult(path, Outcome.CHANGING, message="it is still being written: left for the next time")
    message = "there is no such file (any more): was it moved or loaded by another process?"
    return LoadResult(path, Outcome.GONE, message=message)


def is_changing(path: Path, seen: Snapshot) -> bool:
    """Whether the file is not what was `seen` any more, or may soon not be."""
    try:
        return places.snapshot(path) != seen or is_open_for_writing(path)
    except OSError:
        return True
