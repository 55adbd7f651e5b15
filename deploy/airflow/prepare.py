"""Brings Airflow's own database up to date: tables, roles, the administrator. Safe to run again.

Runs in one process, since each of Airflow's own commands would take its start-up time again. Reads the
administrator's password from AIRFLOW_ADMIN_PASSWORD, so that it is never on a command line.
"""

import os

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.utils.db import initdb

ADMIN = "admin"


def ensure_admin(password: str) -> None:
    """Create the administrator; an existing one keeps their password."""
    with get_application_builder() as builder:
        security = builder.sm
        if security.find_user(ADMIN) is None:
            role = security.find_role("Admin")
            security.add_user(ADMIN, "Tradewind", "Administrator", "admin@localhost", role, password)


if __name__ == "__main__":
    initdb()
    ensure_admin(os.environ["AIRFLOW_ADMIN_PASSWORD"])
