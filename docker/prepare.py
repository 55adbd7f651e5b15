"""Prepares what the programs need: `python -m docker.prepare`, before they start and as often as you like.

Databases, roles and tables; Airflow's own tables and administrator; the first figures.
"""

from __future__ import annotations

import subprocess
import sys

import psycopg

from deploy import warehouse
from deploy.checks import check_folder
from deploy.errors import SetupError
from deploy.landing import write_sample
from ingestion.contract_files import read_contracts
from ingestion.ddl import ensure_schema
from ingestion.landing import waiting_files
from tradewind.build import build
from tradewind.ledger import progress
from tradewind.settings import ROLES, ROOT, Settings, text


def main() -> int:
    """Run the steps; returns the exit code."""
    settings = Settings.load()
    try:
        check_folder(settings.landing)
        make_databases(settings)
    except SetupError as error:
        print(f"error: {error} (TRADEWIND_UID is the user of the containers)", file=sys.stderr)
        return 1
    subprocess.run([sys.executable, str(ROOT / "deploy" / "airflow" / "prepare.py")], check=True)
    make_first_figures(settings)
    return 0


def make_databases(settings: Settings) -> None:
    """Make the databases, their roles and schemas, and the raw tables; what is there stays."""
    server = settings.embedded_url("postgres", settings.get("POSTGRES_PASSWORD"), "postgres")
    for name in ("airflow", "superset"):
        password = settings.get(f"{name.upper()}_DATABASE_PASSWORD")
        warehouse.create_database(server, name, owner=name, password=password)
    warehouse.create_role(server, "freshness", settings.get("SUPERSET_FRESHNESS_PASSWORD"), "superset")
    if settings.is_embedded:
        warehouse.create_database(server, "warehouse")
    passwords = {role: settings.get(f"{role.upper()}_PASSWORD") for role in ROLES}
    warehouse.prepare(settings.warehouse_url, passwords)
    with psycopg.connect(text(settings.role_url("loader"))) as connection:
        ensure_schema(connection, read_contracts())


def make_first_figures(settings: Settings) -> None:
    """Write sample files into an empty warehouse, or build empty marts where there is nothing to load."""
    write_sample(settings)
    # a file that waits is loaded, and the marts are built, as soon as Airflow runs
    if not waiting_files(settings.landing) and progress(settings).published_load is None:
        build(settings)


if __name__ == "__main__":
    sys.exit(main())
