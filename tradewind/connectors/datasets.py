"""The marts as the dashboards name them: the datasets that are generated from the models' YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tradewind.settings import ROOT

FOLDER = ROOT / "superset" / "assets" / "datasets" / "warehouse"


def read_datasets(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Every published mart: `table_name`, `columns` and `metrics` with captions, formats, descriptions."""
    found = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("*.yaml"))]
    return [dataset for dataset in found if dataset["schema"] == "marts"]
