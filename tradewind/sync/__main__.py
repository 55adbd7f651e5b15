"""Command line of `make sync`: says in a table what was written, and then what only a person can write."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table

from tradewind.dashboards.tree import TreeError
from tradewind.settings import ROOT, Settings
from tradewind.sync.forgotten import forgotten
from tradewind.sync.generated import Step, SyncError, steps


def main() -> int:
    """Run it; returns the exit code: 1 where a step failed or something is left to write by hand."""
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    table = Table("from", "makes", "changed", box=box.SIMPLE)
    failure = None
    try:
        for step in steps(Settings.load()):
            table.add_row(step.origin, step.product, _changes(step))
    except SyncError as error:
        failure = error
    console.print(table)
    if failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    try:
        missing = forgotten()
    except TreeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for sentence in missing:
        print(f"forgotten: {sentence}", file=sys.stderr)
    return 1 if missing else 0


def _changes(step: Step) -> str:
    return "\n".join(str(path.relative_to(ROOT)) for path in step.changed) or "nothing"


if __name__ == "__main__":
    sys.exit(main())
