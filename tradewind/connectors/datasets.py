"""The marts as dashboards see them: the datasets generated from the models' YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tradewind.dashboards.tree import ASSETS, files

FOLDER = ASSETS / "datasets" / "warehouse"
#: Of metrics that are a line of text for Superset's pages.
_LINE = "Unit: line."


def read_datasets(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Every published mart: `table_name`, `columns` and `metrics` with captions, formats, descriptions.

    Lines of text for Superset's pages are left out.
    """
    marts = [dataset for _, dataset in files(folder) if dataset["schema"] == "marts"]
    return [{**mart, "metrics": [each for each in mart["metrics"] if not _is_line(each)]} for mart in marts]


def _is_line(metric: dict[str, Any]) -> bool:
    return metric["extra"]["certification"]["details"].startswith(_LINE)
