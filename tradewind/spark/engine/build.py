"""Carries what is new, and builds and tests the models on Spark."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import fsspec

from tradewind.spark.engine.built import BUILT, connected, location
from tradewind.spark.engine.carry import carry
from tradewind.spark.engine.java import java_home
from tradewind.spark.engine.registering import register
from tradewind.spark.engine.running_dbt import run_dbt
from tradewind.spark.engine.thrift_server import LOG, thrift_server

#: dbt's materializations that have files of their own.
_TABLES = frozenset({"table", "seed"})


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Build, as `request` says, which `tradewind/spark/engine_calls.py` writes.

    Returns:
        `steps` that ran, `failures`: a sentence for each step that
        failed; the `log` of a server that was started here.

    Raises:
        JavaMissing, ServerFailed: there is no server, and none can be started.
    """
    folder = Path(request["folder"])
    (folder / BUILT).unlink(missing_ok=True)
    started = time.monotonic()
    carried = carry(request["warehouse"], request["lake"])
    _say(f"{carried.loads} new loads with {carried.rows} rows are in the lake", started)
    host, port = request["host"], request["port"]
    tables = f"{request['lake']}/tables/{time.time_ns()}"
    with _server(request, folder, tables):
        _say("Spark is there", started)
        register(carried.tables, host, port)
        outcome = run_dbt(request["arguments"], folder)
        if outcome.exception:
            raise outcome.exception
        results = list(outcome.result or ())
        broken = [r for r in results if r.status in ("error", "fail", "runtime error")]
        if outcome.success:
            _note_built(folder, host, port, results)
            _forget_others(request["lake"], tables)
    return {
        "steps": len(results),
        "warnings": [f"{r.node.name}: {r.message}" for r in results if r.status == "warn"],
        "failures": [f"{r.node.name}: {r.message}" for r in broken],
        "log": str(folder / LOG) if request["master"] else "",
    }


def _server(request: dict[str, Any], folder: Path, tables: str) -> AbstractContextManager[None]:
    """A server for as long as the build takes; nothing where the company's own is used."""
    if not request["master"]:
        return nullcontext()
    java = java_home(folder)
    return thrift_server(folder, tables, java, request["port"], request["master"], request["memory"])


def _note_built(folder: Path, host: str, port: int, results: list[Any]) -> None:
    """Keep the addresses of the tables that were built."""
    tables = [
        f"{result.node.schema}.{result.node.alias}"
        for result in results
        if result.node.resource_type in ("model", "seed") and result.node.config.materialized in _TABLES
    ]
    with connected(host, port) as cursor:
        addresses = {table: location(cursor, table) for table in tables}
    (folder / BUILT).write_text(json.dumps(addresses))


def _forget_others(lake: str, tables: str) -> None:
    """Remove tables of earlier builds; until now they were what there was."""
    files, root = fsspec.core.url_to_fs(f"{lake}/tables")
    for path in files.ls(root, detail=False) if files.exists(tables) else ():
        if path.rstrip("/").rsplit("/", 1)[1] != tables.rsplit("/", 1)[1]:
            files.rm(path, recursive=True)


def _say(what: str, started: float) -> None:
    print(f"{time.monotonic() - started:4.0f} s  {what}", flush=True)
