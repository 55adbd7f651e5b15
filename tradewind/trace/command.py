"""The command `trace`: a figure of the dashboards, down to the lines of files."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tradewind.settings import Settings

_EXAMPLE = "for example: python -m tradewind trace sales country=Canada month=2014-01"


def add_trace(commands: argparse._SubParsersAction) -> None:
    """Register `trace`."""
    command = commands.add_parser(
        "trace", help="show the lines of files that a figure is the sum of", epilog=_EXAMPLE
    )
    command.add_argument("metric", help="its name or its label on dashboards, as total_sales or Sales")
    command.add_argument(
        "where", nargs="*", metavar="NAME=VALUE", help="a dimension of its mart, or year, quarter, month, day"
    )
    command.add_argument("--mart", help="the mart, where several have the metric")
    command.add_argument("--lines", type=int, default=10, help="how many lines of each table to show")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--csv", type=Path, metavar="FILE", help="write all lines for a spreadsheet, too")
    form.add_argument("--json", action="store_true", help="print all lines and steps as JSON")


def run_trace(settings: Settings, options: argparse.Namespace) -> int:
    """Print the trace; returns 0, or 1 if it does not add up or there is none."""
    from ingestion.commands.spreadsheets import write_for_spreadsheet
    from tradewind.trace.errors import TraceError
    from tradewind.trace.follow import trace
    from tradewind.trace.report import COLUMNS, record, summary
    from tradewind.trace.where import asked

    records: list[dict[str, Any]] = []
    keep = options.csv or options.json
    try:
        found = trace(
            options.metric,
            asked(options.where),
            settings,
            mart=options.mart,
            shown=max(options.lines, 1),
            sink=(lambda *line: records.append(record(*line))) if keep else None,
        )
    except TraceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({**summary(found), "lines": records}, default=str, ensure_ascii=False, indent=2))
        return 0 if found.adds_up else 1
    _show(found, settings.reporting_currency)
    if options.csv:
        write_for_spreadsheet(options.csv, COLUMNS, records)
        print(f"{len(records):,} lines in {options.csv}")
    return 0 if found.adds_up else 1


def _show(found: Any, currency: str) -> None:
    from rich.console import Console

    from tradewind.trace.report import show

    # output that is not shown in a terminal is not wrapped
    show(found, Console(width=None if sys.stdout.isatty() else 160, highlight=False), currency)
