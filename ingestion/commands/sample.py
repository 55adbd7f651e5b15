"""The command `sample`: sample files of all sources, or of a made-up company."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from ingestion.sample import COMPANIES, ROWS, SEED


def add_sample(commands: argparse._SubParsersAction) -> None:
    """Register `sample`."""
    command = commands.add_parser("sample", help="write sample files of all sources")
    command.add_argument("--out", type=Path, metavar="DIR", help="folder; default landing/sample")
    command.add_argument(
        "--company",
        choices=COMPANIES,
        help="its exports instead, for which there is no contract; default folder the company's name",
    )
    command.add_argument(
        "--rows", type=_count, metavar="N", help=f"rows of sales, default {ROWS}; others fit"
    )
    command.add_argument("--until", type=_month, metavar="YYYY-MM", help="last month of data")
    command.add_argument("--seed", type=int, default=SEED, metavar="N", help="other seeds give other figures")
    command.set_defaults(run=_sample)


def _sample(options: argparse.Namespace) -> int:
    from ingestion.arrival.landing import SAMPLE
    from ingestion.sample import write_company, write_sample_files
    from tradewind.settings import Settings

    if options.company:
        written = write_company(options.company, options.out or Path(options.company), options.rows)
    else:
        folder, rows = options.out or Settings.load().landing / SAMPLE, options.rows or ROWS
        written = write_sample_files(folder, rows=rows, until=options.until, seed=options.seed)
    for path, rows in written.items():
        print(f"{rows:>9,} rows in {path}")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive whole number")
    return int(text)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a month as 2026-10") from None
