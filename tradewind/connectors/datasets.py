"""The marts as dashboards see them: the datasets generated from the models' YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tradewind.dashboards.names import is_line
from tradewind.dashboards.tree import ASSETS, files

FOLDER = ASSETS / "datasets" / "warehouse"


def read_datasets(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """Every published mart: `table_name`, `columns` and `metrics` with captions, formats, descriptions.

    Lines of text for Superset's pages are left out.
    """
    marts = [dataset for _, dataset in files(folder) if dataset["schema"] == "marts"]
    return [{**mart, "metrics": [each for each in mart["metrics"] if not is_line(each)]} for mart in marts]
