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
from ingestion.contract.files import CONTRACTS, ContractError, read_contracts
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

#: Domains that the project ships.
_SHIPPED = ("sales", "olist", "finance")


def main(arguments: Sequence[str]) -> int:
    """Run it; returns 0 if the source is gone, 1 if a person must act first."""
    parser = argparse.ArgumentParser(prog="python -m tradewind.source.remove", description=__doc__)
    parser.add_argument("source", metavar="SOURCE", help="by its contract's name, as acme.orders")
    options = parser.parse_args(arguments)
    try:
        refuse_without_warehouse()
        with alone(CONTRACTS, say):
            _remove(options.source, Settings.load())
    except (SourceError, SettingError, PlacedFaults, ContractError, psycopg.Error) as error:
        complain(error)
        return 1
    return 0


def _remove(source: str, settings: Settings) -> None:
    contracts = read_contracts()
    mappings = read_mappings(contracts)
    gone = {path: mapping for path, mapping in mappings.items() if mapping.contract.source == source}
    kept = {path: mapping for path, mapping in mappings.items() if path not in gone}
    if not gone:
        names = ", ".join(sorted(mapping.contract.source for mapping in mappings.values())) or "none"
        raise SourceError(f"no mapping is of {source!r}; there are: {names}")
    if source.partition(".")[0] in _SHIPPED:
        raise SourceError(
            f"{source} belongs to the project itself: only what make source made can be taken back"
        )
    still_read = {table.source for mapping in kept.values() for table in mapping.tables.values()}
    tables = {table.source: table for mapping in gone.values() for table in mapping.tables.values()}
    files = [
        *gone,
        *(
            CONTRACTS / table.domain / f"{table.table}.yaml"
            for table in tables.values()
            if table.source not in still_read
        ),
    ]
    end_at_once("stopped by you: make sync build goes on")
    texts = {path: path.read_text(encoding="utf-8") for path in files if path.is_file()}
    delete(list(texts))
    for path in texts:
        say(f"deleted: {path.relative_to(ROOT)}")
    try:
        show_step("Models, documentation and lineage")
        changed = bring_up_to_date(settings, [])
        say(f"{len(changed)} generated files changed")
    except SourceError:
        for path, body in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        say("the deleted files are there again")
        raise
    show_step("Build and test")
    say(build_models(settings) or "nothing to build")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
