"""The connection of commands that read the ledger."""

from __future__ import annotations

from collections.abc import Callable

from ingestion.commands.console import complain


def read_ledger(read: Callable) -> list[dict]:
    """What `read` gives of a connection to the warehouse, whose tables are made where they are missing."""
    from ingestion.contract.files import find_contracts
    from ingestion.database.connection import connect
    from ingestion.database.schema import ensure_schema

    with connect() as connection:
        with connection.transaction():
            contracts, faults = find_contracts()
            unfit = ensure_schema(connection, contracts)
        for fault in (*faults, *unfit.values()):
            complain(fault)
        return read(connection)
