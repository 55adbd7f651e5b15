"""The first canonical rows of a mapping, computed by Postgres from a sample: no row is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ingestion.contract.model import Contract
from tradewind.mapping.model import Mapping
from tradewind.mapping.samples import Sample
from tradewind.mapping.staging import select


def first_rows(
    address: str, mapping: Mapping, samples: MappingOf[str, Sample], most: int = 5
) -> list[dict[str, Any]]:
    """The canonical rows of the first `most` rows of the source.

    Args:
        address: a Postgres server, in which nothing is written.
        samples: rows of all that the mapping reads, by source.

    Raises:
        psycopg.Error: the server cannot be reached, or cannot compute an expression from these rows.
    """
    values = {
        name: json.dumps(_records(contract, samples[contract.source].rows[: most if is_first else None]))
        for is_first, (name, contract) in _tables(mapping)
    }
    query = select(mapping, _recordset)
    with psycopg.connect(
        address, row_factory=dict_row, options="-c default_transaction_read_only=on"
    ) as server:
        return server.execute(query.replace("%", "%%").replace("\x00", "%"), values).fetchall()


def _tables(mapping: Mapping) -> list[tuple[bool, tuple[str, Contract]]]:
    return [(place == 0, each) for place, each in enumerate(mapping.tables.items())]


def _records(contract: Contract, rows: Sequence[Sequence[str | None]]) -> list[dict[str, Any]]:
    names = [column.name for column in contract.columns]
    return [
        {"_load_id": 0, "_line": line, "batch_id": 0, **dict(zip(names, row, strict=True))}
        for line, row in enumerate(rows, 1)
    ]


def _recordset(name: str, contract: Contract) -> str:
    columns = ", ".join(f"{column.name} {column.sql_type}" for column in contract.columns)
    return (
        f"select * from json_to_recordset(\x00({name})s) as"
        f" rows (_load_id bigint, _line bigint, batch_id bigint, {columns})"
    )
