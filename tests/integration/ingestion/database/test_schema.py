"""Tables are created from the contracts, once, by the loader itself."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from ingestion.contract.files import read_contracts
from ingestion.contract.model import Contract
from ingestion.database.schema import ensure_schema


@pytest.fixture
def sales() -> Contract:
    return next(contract for contract in read_contracts() if contract.source == "sales.transactions")


@pytest.fixture
def connection(warehouse):
    with psycopg.connect(warehouse.url("loader"), autocommit=True) as connection:
        yield connection


def test_raw_table_is_typed_by_the_contract(connection: psycopg.Connection, sales: Contract) -> None:
    ensure_schema(connection, [sales])

    columns = connection.execute(
        "select attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)"
        " from pg_attribute where attrelid = 'staging.raw_sales_transactions'::regclass and attnum > 2"
        " order by attnum"
    ).fetchall()

    assert columns == [(c.name, c.sql_type, True, c.description) for c in sales.columns]


def test_nothing_is_done_twice(connection: psycopg.Connection, sales: Contract) -> None:
    ensure_schema(connection, [sales])

    with connection.transaction():
        ensure_schema(connection, [sales])
        # No transaction number: nothing was written.
        assert connection.execute("select pg_current_xact_id_if_assigned()").fetchone() == (None,)


def test_new_description_is_applied(connection: psycopg.Connection, sales: Contract) -> None:
    ensure_schema(connection, [sales])
    ensure_schema(connection, [replace(sales, description="Something else.")])
    (comment,) = connection.execute(
        "select obj_description('staging.raw_sales_transactions'::regclass)"
    ).fetchone()
    assert comment.startswith("Something else. Contract sales.transactions 1.2.0. [definition ")


def test_ledger_of_an_older_release_distinguishes_sample_from_real(
    connection: psycopg.Connection, sales: Contract
) -> None:
    ensure_schema(connection, [sales])
    connection.execute("drop index ops.loads_once")
    connection.execute("create unique index loads_once on ops.loads (source, sha256) where state = 'loaded'")
    connection.execute("comment on table ops.loads is 'older'")
    ensure_schema(connection, [sales])
    (definition,) = connection.execute("select pg_get_indexdef('ops.loads_once'::regclass)").fetchone()
    assert "(source, sha256, part, is_sample)" in definition


def test_reasons_of_an_older_release_have_no_kind(connection: psycopg.Connection, sales: Contract) -> None:
    ensure_schema(connection, [sales])
    with connection.transaction(force_rollback=True):
        connection.execute("alter table ops.loads drop column hold_kind cascade")
        connection.execute("alter table ops.rejected_rows drop column kind cascade")
        for table in ("loads", "rejected_rows"):
            connection.execute(f"comment on table ops.{table} is 'older'")
        (load_id,) = connection.execute(
            "insert into ops.loads (file_name, state, started_at) values ('x', 'held', now())"
            " returning load_id"
        ).fetchone()
        connection.execute(
            "insert into ops.rejected_rows (load_id, line, reason, reasons, raw)"
            " values (%s, 1, 'x', '[]', '')",
            [load_id],
        )
        ensure_schema(connection, [sales])
        kinds = "select hold_kind, kind from ops.loads inner join ops.rejected_rows using (load_id)"
        assert connection.execute(kinds).fetchall() == [(None, None)]


def test_ledger_refuses_unaccounted_rows(connection: psycopg.Connection, sales: Contract) -> None:
    ensure_schema(connection, [sales])
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "insert into ops.loads (file_name, rows_read, rows_loaded, state, started_at)"
            " values ('x', 3, 2, 'loaded', now())"
        )


def test_others_may_read_but_not_write(connection: psycopg.Connection, warehouse, sales: Contract) -> None:
    ensure_schema(connection, [sales])
    with psycopg.connect(warehouse.url("transformer"), autocommit=True) as other:
        for table in ("staging.raw_sales_transactions", "ops.loads", "ops.current_scopes"):
            assert other.execute(f"select count(*) from {table}").fetchone() is not None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            other.execute("delete from ops.loads")
