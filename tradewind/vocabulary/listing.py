"""Unknown names as a person reads them: a table, and the lines to write into `synonyms.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from tradewind.vocabulary.unknown import UnknownName

_ADVICE = """\
To say which countries they are, add lines to dbt_project/seeds/synonyms.csv, as those below, and build again.
A country may be written by any name or code; `Unknown` if the name means none.
"""


def listing(names: Sequence[UnknownName]) -> str:
    """The text that `python -m tradewind countries` prints."""
    if not names:
        return "Every country in the warehouse is known."
    table = Table("name", "source", "rows", "nearest guess", box=box.SIMPLE)
    for each in names:
        table.add_row(each.name, each.source, f"{each.rows:,}", each.guess or "none")
    console = Console(width=120, highlight=False, file=io.StringIO(), markup=False)
    console.print(table)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["spelling", "country"])
    # each name once: it may occur in several sources
    writer.writerows({each.name: each.guess for each in names}.items())
    return f"{console.file.getvalue()}\n{_ADVICE}\n{lines.getvalue().rstrip()}"  # type: ignore[attr-defined]
