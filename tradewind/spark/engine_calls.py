"""Starts what runs in Spark's environment."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ingestion.database.connection import conninfo
from tradewind.extra_environments import SPARK, environment_python
from tradewind.settings import ROOT, Settings
from tradewind.spark.options import Options
from tradewind.warehouse.build import environment


class EngineFailed(Exception):
    """It ended with an error, which it has printed."""


def call(settings: Settings, verb: str, **request: Any) -> dict[str, Any]:
    """Have one verb of `tradewind.spark.engine` done; its progress goes to our own streams.

    Args:
        settings: which warehouse, and which Spark.
        verb: `build` or `compare`.
        request: what the verb needs besides.

    Raises:
        EnvironmentMissing: Spark's packages cannot be installed.
        EngineFailed: as the class says.
        SettingError: a setting of Spark has an impossible value.
    """
    options = Options.read(settings)
    python = environment_python(SPARK)
    with tempfile.TemporaryDirectory() as place:
        answer = Path(place, "answer.json")
        wanted = {
            "answer": str(answer),
            "folder": str(options.folder),
            "warehouse": conninfo(settings, "transformer"),
            "lake": options.lake,
            "master": options.master,
            "memory": options.memory,
            "host": options.host,
            "port": options.port,
            **request,
        }
        outcome = subprocess.run(
            [str(python), "-m", "tradewind.spark.engine", verb],
            input=json.dumps(wanted),
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment(settings), **_places(options)},
        )
        if outcome.returncode:
            raise EngineFailed(f"Spark's {verb} ended with {outcome.returncode}")
        return json.loads(answer.read_text())


def _places(options: Options) -> dict[str, str]:
    """Variables by which dbt finds Spark, and keeps apart what it parses for it."""
    target = options.folder / "dbt"
    return {
        "PYTHONPATH": str(ROOT),
        "THRIFT_HOST": options.host,
        "THRIFT_PORT": str(options.port),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target / "logs"),
        # what a run of dbt on Postgres has set in this process is not for Spark's
        "TRADEWIND_TARGET": "spark",
    }
