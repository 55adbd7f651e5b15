"""Seeds of the dbt project that are made from published names."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ingestion.describe.files import settle
from tradewind.settings import ROOT
from tradewind.vocabulary.countries import Row, countries, country_names

SEEDS = ROOT / "dbt_project" / "seeds"


def seed_texts() -> dict[str, str]:
    """Names of the seeds' files, with the text of each."""
    return {"countries.csv": _csv(countries()), "country_names.csv": _csv(country_names())}


def write_seeds(folder: Path = SEEDS) -> list[Path]:
    """Write the seeds that differ from their files, and return their paths."""
    return settle({folder / name: text for name, text in seed_texts().items()})


def _csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
