"""Prepares what the programs need: `python -m docker.prepare`, before they start and as often as you like.

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
    """Run the steps; returns the exit code."""
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
    """The landing folder is the user's own, and files are moved in it.

    Raises:
        SetupError: where the containers may not write there.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetupError(
            f"user {os.getuid()} of the containers may not write to the landing folder: chown it to that "
            f"user, or set TRADEWIND_UID in .env to the number of its owner, {folder.stat().st_uid}"
        )


def make_first_figures(settings: Settings) -> None:
    """Write sample files into an empty warehouse, or build empty marts where there is nothing to load."""
    write_sample(settings)
    # a file that waits is loaded, and the marts are built, as soon as Airflow runs
    if not waiting_files(settings.landing) and progress(settings).is_behind:
        build(settings)


if __name__ == "__main__":
    sys.exit(main())
