"""The command `withdraw`: take back loads, or put them back."""

from __future__ import annotations

import argparse


def add_withdraw(commands: argparse._SubParsersAction) -> None:
    """Register `withdraw`."""
    command = commands.add_parser("withdraw", help="make loads count no more, or again")
    command.add_argument("loads", nargs="+", type=int, metavar="LOAD", help="number of the load")
    command.add_argument("--why", default="", help="the reason, which the ledger keeps")
    command.add_argument("--undo", action="store_true", help="make withdrawn loads count again")
    command.set_defaults(run=_withdraw)


def _withdraw(options: argparse.Namespace) -> int:
    from ingestion.loading.withdraw import undo_withdrawal, withdraw

    if options.undo:
        done = undo_withdrawal(options.loads, options.why or None)
    else:
        done = withdraw(options.loads, options.why)
    for line in done.sentences(is_undone=options.undo):
        print(line)
    print("the next build brings the figures: make build, or Airflow within a quarter of an hour")
    return 0
