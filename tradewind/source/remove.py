"""Command line of `make source-remove`: takes back what `make source` wrote, and its figures with it.

The rows stay in the warehouse, and their loads in the ledger: nothing is deleted that was loaded. Made again
from the same files, the source counts them again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import psycopg

from ingestion.commands.console import complain
from ingestion.contract.files import CONTRACTS, find_contracts
from ingestion.database.connection import WarehouseUnavailable
from tradewind.lock import alone
from tradewind.mapping.files import read_mappings
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.write import delete
from tradewind.settings import ROOT, SettingError, Settings
from tradewind.source.errors import SourceError
from tradewind.source.screen import say, show_step
from tradewind.source.steps import (
    bring_up_to_date,
    build_models,
    end_at_once,
    refuse_without_warehouse,
)
from tradewind.source.taken_back import files_of

_FINISH = "make sync build finishes the work"


def main(arguments: Sequence[str]) -> int:
    """Run it; returns 0 if the source is gone, 1 if a person must act first."""
    parser = argparse.ArgumentParser(prog="python -m tradewind.source.remove", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", help="by its contract's name, as acme.orders")
    options = parser.parse_args(arguments)
    try:
        refuse_without_warehouse()
        with alone(CONTRACTS, say):
            _remove(options.source, Settings.load())
    except (SourceError, SettingError, WarehouseUnavailable, psycopg.Error) as error:
        complain(str(error).strip())
        return 1
    except OSError as error:
        complain(f"{error.filename or CONTRACTS}: {error.strerror or error}")
        return 1
    return 0


def _remove(source: str, settings: Settings) -> None:
    files, notes = files_of(source)
    for note in notes:
        say(note)
    end_at_once(f"Interrupted; {_FINISH}")
    texts = {path: path.read_bytes() for path in files}
    delete(list(texts))
    for path in texts:
        say(f"deleted: {path.relative_to(ROOT)}")
    if others := _other_faults():
        raise SourceError(
            f"{others}\nModels cannot be generated while other files are wrong. Correct them, or take their"
            f" sources back, too; then {_FINISH}"
        )
    try:
        show_step("Models, documentation and lineage")
        changed = bring_up_to_date(settings, [])
        say(f"{len(changed)} generated files changed")
    except SourceError:
        for path, body in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        say("the deleted files were restored")
        raise
    show_step("Build and test")
    try:
        say(build_models(settings, f"Correct what it names; then {_FINISH}") or "nothing to build")
    except (WarehouseUnavailable, psycopg.OperationalError) as error:
        cause = str(error).strip().splitlines()[0]
        raise SourceError(f"the warehouse was lost ({cause}): when it runs (make up), {_FINISH}") from error


def _other_faults() -> str:
    """What is wrong with the contracts and mappings that are left; empty if nothing is."""
    contracts, faults = find_contracts()
    if faults:
        return "\n".join(map(str, faults))
    try:
        read_mappings(contracts)
    except PlacedFaults as error:
        return str(error)
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
