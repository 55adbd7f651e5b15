"""Prepares what the programs need before they start: `python -m docker.prepare`; safe to repeat.

Databases, roles and tables; Airflow's own tables and administrator; the first figures.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.databases.make import make_databases
from deploy.errors import SetupError
from deploy.setup.first_figures import write_sample
from deploy.setup.metadata import prepare_airflow
from ingestion.arrival.landing import waiting_files
from tradewind.settings import Settings
from tradewind.warehouse.build import build
from tradewind.warehouse.progress import progress


def main() -> int:
    """Run the steps and return the exit code."""
    settings = Settings.load()
    try:
        check_landing(settings.landing)
        make_databases(settings)
        prepare_airflow(settings)
    except SetupError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    make_first_figures(settings)
    return 0


def check_landing(folder: Path) -> None:
    """Check that the containers may write to the landing folder, which belongs to the user.

    Raises:
        SetupError: if they may not.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetupError(
            f"the containers' user {os.getuid()} may not write to the landing folder: chown it to that "
            f"user, or set TRADEWIND_UID in .env to the id of its owner, {folder.stat().st_uid}"
        )


def make_first_figures(settings: Settings) -> None:
    """Write sample files for an empty warehouse, or build empty marts if there is nothing to load."""
    write_sample(settings)
    # as soon as Airflow runs, it loads the waiting files and builds the marts
    if not waiting_files(settings.landing) and progress(settings).is_behind:
        build(settings)


if __name__ == "__main__":
    sys.exit(main())
