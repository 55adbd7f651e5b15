"""Commands of the warehouse: `python -m tradewind build`, `backfill`, `dbt …`, `trace` and others."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

import psycopg

from ingestion.commands.spreadsheets import CannotWrite
from ingestion.database.connection import WarehouseUnavailable, connect_as
from tradewind.backfill.command import add_backfill, run_backfill
from tradewind.settings import SettingError, Settings, text
from tradewind.spark.command import add_spark, run_spark
from tradewind.trace.command import add_trace, run_trace
from tradewind.vocabulary.listing import listing
from tradewind.vocabulary.unknown import unknown_names
from tradewind.warehouse.build import WRITING, BuildError, build, run_dbt
from tradewind.warehouse.chart_caches import turn_over_caches
from tradewind.warehouse.publications import forecasts_wait


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # a name may hold what the terminal's encoding does not
        stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has seen enough; what Python would still write has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        return 130
    except psycopg.OperationalError as error:
        cause = str(error).strip().splitlines()[-1].strip()
        print(f"error: the warehouse failed ({cause}): is the stack up? make up", file=sys.stderr)
        return 1
    except (SettingError, CannotWrite, WarehouseUnavailable, psycopg.Error) as error:
        print(f"error: {str(error).strip()}", file=sys.stderr)
        return 1


def _run(arguments: list[str]) -> int:
    settings = Settings.load()
    if arguments[:1] == ["dbt"]:  # dbt reads its own options
        succeeded = _run_dbt(arguments[1:] or ["--help"], settings)
        if WRITING.intersection(arguments):  # others need no warehouse, and change none
            turn_over_caches(settings)
        return 0 if succeeded else 1
    options = _parser().parse_args(arguments)
    if options.command == "url":
        print(text(settings.warehouse_url))
        return 0
    if options.command == "countries":
        return _list_unknown_countries(settings)
    if options.command == "alerts":
        return _list_alerts(settings, is_checked=options.check)
    if options.command == "gaps":
        return _list_gaps(settings, is_json=options.json)
    if options.command == "forecast":
        return _forecast(settings, options)
    if options.command == "trace":
        return run_trace(settings, options)
    if options.command == "spark":
        return run_spark(settings, options)
    _be_interruptible()
    if options.command == "backfill":
        return run_backfill(settings, options)
    return _build(settings, select=options.select, full_refresh=options.full_refresh)


def _be_interruptible() -> None:
    signal.signal(signal.SIGINT, _end_build)
    # Python's own helper process would add a warning to what is said then
    os.environ.setdefault("PYTHONWARNINGS", "ignore::UserWarning:multiprocessing.resource_tracker")


def _build(settings: Settings, *, select: str = "", full_refresh: bool = False) -> int:
    try:
        outcome = build(settings, select=select, full_refresh=full_refresh)
    except (BuildError, psycopg.OperationalError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    turn_over_caches(settings)
    print(f"{outcome.steps} steps, {len(outcome.warnings)} warnings, ", end="")
    print("published" if outcome.published else "not published")
    return _follow_figures(settings) if outcome.published else 0


def _run_dbt(arguments: list[str], settings: Settings) -> bool:
    """Run dbt's own command; returns whether it succeeded."""
    from dbt.cli.exceptions import DbtUsageException

    outcome = run_dbt(arguments, settings)
    if isinstance(outcome.exception, DbtUsageException):  # all else dbt reports by itself
        print(f"error: {outcome.exception}", file=sys.stderr)
    return outcome.success


def _follow_figures(settings: Settings) -> int:
    """Let pages have tiles for the figures there are now."""
    from tradewind.dashboards.following import follow

    try:
        follow(settings)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _forecast(settings: Settings, options: argparse.Namespace) -> int:
    from tradewind.insight.command import show, store_all

    if options.metric:
        return show(settings, options.metric, options.by, options.csv)
    if options.by or options.csv:
        print("error: --by and --csv go with a metric, not with --store", file=sys.stderr)
        return 2
    _be_interruptible()
    code = store_all(settings)
    return (_build(settings) or code) if forecasts_wait(settings) else code


def _list_unknown_countries(settings: Settings) -> int:
    print(listing(unknown_names(settings)))
    return 0


def _list_alerts(settings: Settings, *, is_checked: bool) -> int:
    from tradewind.alerts.check import NotLooked, NotSaid, check
    from tradewind.alerts.ledger import last_check, open_alerts
    from tradewind.alerts.listing import listing
    from tradewind.alerts.options import Options
    from tradewind.mail_server import OptionsError

    code = 0
    try:
        if is_checked:
            try:
                print(*check(settings), sep="\n")
            except (NotSaid, NotLooked) as error:
                print(f"error: {error}", file=sys.stderr)
                code = 1
        print(listing(open_alerts(settings), last_check(settings), Options.read(settings)))
    except (psycopg.Error, OptionsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


def _list_gaps(settings: Settings, *, is_json: bool) -> int:
    from ingestion.contract.files import find_contracts
    from tradewind.gaps.find import find_gaps
    from tradewind.gaps.listing import as_json, listing

    contracts, faults = find_contracts()
    for fault in faults:
        print(f"error: {fault}: gaps of its source are not known", file=sys.stderr)
    with connect_as(settings, "transformer") as connection:
        found = find_gaps(connection, contracts)
    print(as_json(found) if is_json else listing(found))
    return 1 if faults else 0


def _end_build(*_: object) -> None:
    """End at once: whatever the build was at, the next one makes it good, and dbt would show a traceback."""
    print(
        "Interrupted; dashboards show the last complete build, and the same command goes on", file=sys.stderr
    )
    sys.stderr.flush()
    os._exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tradewind", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="build, test and publish the models")
    builder.add_argument("--select", default="", help="only these nodes; then nothing is published")
    builder.add_argument("--full-refresh", action="store_true", help="rebuild incremental models")
    commands.add_parser("dbt", help="any dbt command, in the warehouse's environment")
    commands.add_parser("countries", help="list names of countries that nobody knows, with the nearest guess")
    alerts = commands.add_parser("alerts", help="list what is wrong, as the last check found it")
    alerts.add_argument("--check", action="store_true", help="look now, and tell those who are to be told")
    gaps = commands.add_parser("gaps", help="list days and months that a source should have and has not")
    gaps.add_argument("--json", action="store_true", help="as JSON")
    forecast = commands.add_parser("forecast", help="forecast a metric from the published marts")
    what = forecast.add_mutually_exclusive_group(required=True)
    help_metric = "print it; its name or its label on dashboards, as total_sales or Sales"
    what.add_argument("metric", nargs="?", help=help_metric)
    help_store = "store the forecasts of all metrics whose figures changed, and publish them"
    what.add_argument("--store", action="store_true", help=help_store)
    forecast.add_argument("--by", default="", help="columns, as country,segment; the total where left out")
    help_csv = "write all levels and both intervals for a spreadsheet, too"
    forecast.add_argument("--csv", type=Path, metavar="FILE", help=help_csv)
    add_spark(commands)
    add_trace(commands)
    add_backfill(commands)
    commands.add_parser("url", help="print the warehouse's address")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
