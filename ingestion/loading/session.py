"""One run of the loader: its connection to the warehouse, and the contracts that it keeps to."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Self

import psycopg

from ingestion.contract.files import Contracts, find_contracts
from ingestion.contract.model import Contract
from ingestion.database.connection import connect
from ingestion.database.migration import SchemaMismatch
from ingestion.database.schema import ensure_schema
from ingestion.ledger import sweeps
from ingestion.loading.progress import Progress


class Session:
    """A context manager, within which the warehouse has the tables of all contracts.

    Attributes:
        connection: in autocommit mode.
        url: the warehouse in libpq form, None for that of the settings.
        contracts: those that are sound.
        faults: what is wrong with the others.
        unfit: sources whose raw table has rows that do not fit their contract.
        sweep: number of this run.
        progress: receives the progress of the work.

    Raises:
        WarehouseUnavailable: the server cannot be reached.
    """

    def __init__(
        self,
        url: str | None = None,
        contracts: Sequence[Contract] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.contracts, self.faults = find_contracts() if contracts is None else Contracts(tuple(contracts))
        self.unfit: dict[str, SchemaMismatch] = {}
        self.sweep = 0
        self.progress = progress or Progress()
        self.url = url
        self.connection = connect(url)

    def __enter__(self) -> Self:
        with self.connection.transaction():
            self.unfit = ensure_schema(self.connection, self.contracts)
            self.sweep = sweeps.begin(self.connection)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            # Otherwise the next run continues with the files that this one has left.
            with suppress(psycopg.OperationalError):
                sweeps.finish(self.connection, self.sweep)
        self.connection.close()
