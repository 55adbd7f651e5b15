"""What is generated, in the order in which one follows from the other. No step needs a database."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingestion.contract.files import ContractError, read_contracts
from ingestion.describe.generated import write_generated
from tradewind.catalog.generated import write_pages, write_unparsed
from tradewind.dashboards import datasets
from tradewind.dashboards.strict import project_faults
from tradewind.lineage.manifest import CatalogError, read
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.sync import sync as write_mapped
from tradewind.settings import SettingError, Settings
from tradewind.warehouse.build import run_dbt
from tradewind.warehouse.parsing import keep_parsed, take_parsed


class SyncError(Exception):
    """A step failed; the text says why, unless dbt has already printed it."""


@dataclass(frozen=True)
class Step:
    """One step that was done: from what, which files, and those of them that it changed."""

    origin: str
    product: str
    changed: list[Path]


def steps(settings: Settings) -> Iterator[Step]:
    """Do one step after the other.

    Raises:
        SyncError: a step failed; those after it are not done.
    """
    try:
        contracts = read_contracts()
        yield Step("contracts", "dbt's sources and macros, data dictionary", write_generated(contracts))
        yield Step(
            "mappings",
            "staging models",
            write_mapped(contracts, requested=settings.sales_lines_of),
        )
        yield Step("models' YAML, dashboards", "figures to reconcile, exposures", write_unparsed())
        with tempfile.TemporaryDirectory(prefix="tradewind-sync-") as folder:
            manifest = _compiled(settings, Path(folder))
            yield Step("dbt's models", "Superset's datasets", _datasets(manifest))
            yield Step("dbt's models", "pages of docs/", write_pages(read(manifest)))
    except (ContractError, PlacedFaults, CatalogError, SettingError) as error:
        raise SyncError(str(error)) from error


def _compiled(settings: Settings, folder: Path) -> Path:
    """The manifest of the project as it is now, with the models' compiled selects; needs no warehouse.

    The next build need not parse again what has changed.
    """
    take_parsed(settings, folder)
    models = ["--select", "resource_type:model"]
    options = ["--no-populate-cache", "--quiet", "--target-path", str(folder)]
    if not run_dbt(["compile", *models, *options], settings).success:
        raise SyncError("dbt cannot compile the project")
    keep_parsed(settings, folder)
    return folder / "manifest.json"


def _datasets(manifest: Path) -> list[Path]:
    if faults := project_faults():
        raise SyncError("\n".join(faults))
    return datasets.write(json.loads(manifest.read_text()))
