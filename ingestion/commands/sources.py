"""The command `sources`: what is generated from the contracts."""

from __future__ import annotations

import argparse

from ingestion.commands.console import complain


def add_sources(commands: argparse._SubParsersAction) -> None:
    """Register `sources`, which returns 1 when it only checks and finds something out of date."""
    command = commands.add_parser(
        "sources", help="write dbt's sources and the data dictionary from the contracts"
    )
    command.add_argument("--check", action="store_true", help="change nothing; exit 1 if out of date")
    command.set_defaults(run=_sources)


def _sources(options: argparse.Namespace) -> int:
    from ingestion.contract.files import read_contracts
    from ingestion.describe.generated import outdated, write_generated

    contracts = read_contracts()
    if options.check:
        stale = outdated(contracts)
        for path in stale:
            complain(f"{path} differs from the contracts: run python -m ingestion sources")
        return 1 if stale else 0
    changed = write_generated(contracts)
    for path in changed:
        print(f"{path} written")
    if not changed:
        print("everything is up to date")
    return 0
