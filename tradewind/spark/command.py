"""`python -m tradewind spark build` and `compare`."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from tradewind.extra_environments import EnvironmentMissing
from tradewind.lock import alone
from tradewind.settings import Settings
from tradewind.spark.engine_calls import EngineFailed, call
from tradewind.spark.options import Options
from tradewind.warehouse.sources import follow_contracts

#: Views over the ledger and what runs of dbt found; forecasts, which a command stores.
_ON_POSTGRES = (
    "--exclude",
    "path:models/health",
    *(f"path:models/{layer}/forecasts" for layer in ("staging", "core", "marts")),
)


def add_spark(commands: argparse._SubParsersAction) -> None:
    """Add the command to the others."""
    spark = commands.add_parser("spark", help="build the models on Apache Spark: docs/scale.md")
    verbs = spark.add_subparsers(dest="verb", required=True)
    builder = verbs.add_parser("build", help="carry new loads to parquet, build and test the models on Spark")
    builder.add_argument("--select", default="", help="only these nodes, and what they need")
    builder.add_argument("--without-tests", action="store_true", help="build only")
    verbs.add_parser("compare", help="compare what the last build on Spark built with Postgres")


def run_spark(settings: Settings, options: argparse.Namespace) -> int:
    """Run it; returns the exit code, 1 where a step failed or a table differs."""
    folder = Options.read(settings).folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with alone(folder, print):
            return _compare(settings) if options.verb == "compare" else _build(settings, options)
    except (EngineFailed, EnvironmentMissing) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _build(settings: Settings, options: argparse.Namespace) -> int:
    if problems := follow_contracts(settings):
        print("error:", "; ".join(problems), file=sys.stderr)
        return 1
    arguments = ["build", *_ON_POSTGRES]
    if options.select:
        # tables of an earlier build are not there for this one
        arguments += ["--select", *(f"+{name}" for name in options.select.split())]
    # what unit tests try is the same SQL on Postgres, where they run
    arguments += ["--exclude-resource-type", "unit_test", *(["test"] if options.without_tests else [])]
    answer = call(settings, "build", arguments=arguments)
    for failure in answer["failures"]:
        print(f"error: {failure}", file=sys.stderr)
    if answer["failures"] and answer["log"]:
        print(f"Spark's log: {answer['log']}", file=sys.stderr)
    steps, warnings, failures = answer["steps"], len(answer["warnings"]), len(answer["failures"])
    print(f"{steps} steps on Spark, {warnings} warnings, {failures} failures")
    return 1 if failures else 0


def _compare(settings: Settings) -> int:
    answer = call(settings, "compare")
    tables = answer["tables"]
    different = [each for each in tables if each["only_postgres"] or each["only_spark"]]
    for each in different:
        print(_difference(each))
    if answer["not_built"]:
        print("not built on Spark:", ", ".join(answer["not_built"]))
    rows = sum(each["rows"] for each in tables)
    print(f"{len(tables)} tables with {rows} rows compared: {len(different) or 'none'} differ")
    return 1 if different else 0


def _difference(table: dict[str, Any]) -> str:
    lines = [f"{table['table']} ({table['rows']} rows in Postgres) differs:"]
    lines += [f"  only in Postgres: {row}" for row in table["only_postgres"]]
    lines += [f"  only in Spark:    {row}" for row in table["only_spark"]]
    return "\n".join(lines)
