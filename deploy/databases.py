"""All databases of an installation, ready for the programs."""

from __future__ import annotations

import psycopg

from deploy import warehouse
from ingestion.contract_files import find_contracts
from ingestion.ddl import ensure_schema
from tradewind.settings import ROLES, Settings, text


def make_databases(settings: Settings) -> None:
    """Make the databases, their roles and schemas, and the raw tables; what is there stays.

    Raises:
        SetupError: where a server cannot be reached.
    """
    server = settings.embedded_url("postgres", settings.get("POSTGRES_PASSWORD"), "postgres")
    for name in ("airflow", "superset"):
        password = settings.get(f"{name.upper()}_DATABASE_PASSWORD")
        warehouse.create_database(server, name, owner=name, password=password)
    warehouse.create_role(server, "freshness", settings.get("SUPERSET_FRESHNESS_PASSWORD"), "superset")
    if settings.is_embedded:
        warehouse.create_database(server, "warehouse")
    warehouse.prepare(
        settings.warehouse_url, {role: settings.get(f"{role.upper()}_PASSWORD") for role in ROLES}
    )
    with psycopg.connect(text(settings.role_url("loader"))) as connection:
        ensure_schema(connection, find_contracts().contracts)
