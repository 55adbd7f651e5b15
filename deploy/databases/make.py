"""All databases of an installation, ready for the programs."""

from __future__ import annotations

import psycopg
from sqlalchemy.exc import SQLAlchemyError

from deploy.databases import readers, warehouse
from deploy.errors import SetupError
from ingestion.contract.files import find_contracts
from ingestion.database.connection import connect_as
from ingestion.database.schema import ensure_schema
from ingestion.fetching.records import forget_silent_looks
from tradewind.dashboards import members
from tradewind.settings import ROLES, Settings


def make_databases(settings: Settings) -> None:
    """Create the databases, their roles and schemas, and the raw tables; what exists stays.

    Raises:
        SetupError: if a server cannot be reached.
    """
    server = settings.embedded_url("postgres", settings.get("POSTGRES_PASSWORD"), "postgres")
    warehouse.close_server(server)
    for name in ("airflow", "superset"):
        password = settings.get(f"{name.upper()}_DATABASE_PASSWORD")
        warehouse.create_database(server, name, owner=name, password=password)
    warehouse.create_role(server, "freshness", settings.get("SUPERSET_FRESHNESS_PASSWORD"), "superset")
    if settings.is_embedded:
        warehouse.create_database(server, "warehouse")
    warehouse.prepare(
        settings.warehouse_url, {role: settings.get(f"{role.upper()}_PASSWORD") for role in ROLES}
    )
    make_readers(settings)
    with connect_as(settings, "loader") as connection:
        ensure_schema(connection, find_contracts().contracts)
        if not settings.landing_url:
            forget_silent_looks(connection)


def make_readers(settings: Settings) -> list[str]:
    """Create the logins that Superset reads with, and the marts' policies, from `superset/security.yaml`.

    Returns:
        new readers for users who have several restricted roles.

    Raises:
        SetupError: the file is not understood, or the warehouse does not answer.
    """
    key, file = settings.get("READERS_KEY"), readers.read_rules()
    try:
        file = file.with_members(members.read(settings.role_url("reporter"), file).values)
    except SQLAlchemyError as error:
        raise SetupError(f"the warehouse does not say which members it has: {error}") from error
    with warehouse.connect(settings.warehouse_url) as connection:
        readers.prepare(connection, key, file)
        return readers.prepare_several(connection, key, file, users_of_superset(settings))


def users_of_superset(settings: Settings) -> list[list[str]]:
    """Roles of each user of Superset; none if it is not set up yet."""
    url = settings.embedded_url("superset", settings.get("SUPERSET_DATABASE_PASSWORD"), "superset")
    with warehouse.connect(url) as metadata:
        try:
            return readers.roles_of_users(metadata)
        except psycopg.errors.UndefinedTable:
            return []
