"""The files of the repository that are generated from dbt's models and the dashboards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ingestion.describe.files import settle
from tradewind.catalog.erd import render_erd
from tradewind.catalog.exposures import render_exposures
from tradewind.catalog.metrics_page import render_metrics
from tradewind.catalog.privacy_page import render_privacy
from tradewind.catalog.reconciled import render_reconciled
from tradewind.lineage.manifest import Manifest
from tradewind.settings import ROOT

#: Generated without a manifest: dbt cannot make one while these refer to a mart that is gone.
_UNPARSED: dict[Path, Callable[[], str]] = {
    ROOT / "dbt_project" / "models" / "exposures.yml": render_exposures,
    ROOT / "dbt_project" / "macros" / "reconciled_sources.sql": render_reconciled,
}

_RENDERERS: dict[Path, Callable[[Manifest], str]] = {
    ROOT / "docs" / "metrics.md": render_metrics,
    ROOT / "docs" / "erd.md": render_erd,
    ROOT / "docs" / "privacy.md": render_privacy,
}

FILES = (*_UNPARSED, *_RENDERERS)


def write_unparsed(check: bool = False) -> list[Path]:
    """Update the files that dbt itself reads, or only check them; returns those that have changed.

    Raises:
        CatalogError: `meta.reconciled` in the YAML of a model is wrong.
    """
    return settle({path: render() for path, render in _UNPARSED.items()}, check=check)


def write_pages(manifest: Manifest, check: bool = False) -> list[Path]:
    """Update the pages made from the manifest, or only check them; returns those that have changed."""
    return settle({path: render(manifest) for path, render in _RENDERERS.items()}, check=check)
