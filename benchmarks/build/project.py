"""A copy of the project in which files of sales only add rows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from tradewind.settings import ROOT

_PARTS = ("tradewind", "ingestion", "dbt_project")
_TRANSACTIONS = Path("ingestion", "contracts", "sales", "transactions.yaml")

#: Their unit tests are for the relation that the copy replaces.
_RESTATING = (
    Path("dbt_project", "models", "staging", "sales", "_unit_tests.yml"),
    Path("dbt_project", "models", "ops", "kpi_totals_by_batch.yml"),
    Path("dbt_project", "models", "marts", "mart_data_status.yml"),
)


def copy_project(folder: Path, *, append: bool = True) -> Path:
    """Copy what loads and builds into `folder`, which is created.

    The contract of sales restates months of a country, so a file of late rows would replace those months. A
    business that adds late rows would declare `append`; what dbt knows about contracts is then regenerated.
    """
    for part in _PARTS:
        ignored = shutil.ignore_patterns("__pycache__", "target", "logs")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    if append:
        path = folder / _TRANSACTIONS
        path.write_text(as_append(path.read_text()))
        for each in _RESTATING:
            path = folder / each
            path.write_text(path.read_text().partition("unit_tests:")[0])
        command = [sys.executable, "-m", "ingestion", "sources"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def as_append(contract: str) -> str:
    """The text of a contract, with the relation `append`."""
    document = yaml.safe_load(contract)
    for table in document["schema"]:
        for extension in table["customProperties"]:
            if extension["property"] == "relation":
                extension["value"] = {"kind": "append"}
    return yaml.safe_dump(document, sort_keys=False)
