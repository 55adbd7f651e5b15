"""The files of the repository that are generated from dbt's manifest and the dashboards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tradewind.catalog.erd import render_erd
from tradewind.catalog.exposures import render_exposures
from tradewind.catalog.metrics_page import render_metrics
from tradewind.catalog.privacy_page import render_privacy
from tradewind.lineage.manifest import Manifest
from tradewind.settings import ROOT

#: Generated without a manifest: dbt cannot make one while this file refers to a mart that is gone.
EXPOSURES_FILE = ROOT / "dbt_project" / "models" / "exposures.yml"

_RENDERERS: dict[Path, Callable[[Manifest], str]] = {
    ROOT / "docs" / "metrics.md": render_metrics,
    ROOT / "docs" / "erd.md": render_erd,
    ROOT / "docs" / "privacy.md": render_privacy,
}

FILES = (EXPOSURES_FILE, *_RENDERERS)


def write_exposures(check: bool = False) -> list[Path]:
    """Update the exposures, or only check them; returns the file if it has changed."""
    return _settle({EXPOSURES_FILE: render_exposures()}, check)


def write_pages(manifest: Manifest, check: bool = False) -> list[Path]:
    """Update the pages made from the manifest, or only check them; returns those that have changed."""
    return _settle({path: render(manifest) for path, render in _RENDERERS.items()}, check)


def _settle(texts: dict[Path, str], check: bool) -> list[Path]:
    changed = [path for path, text in texts.items() if not _holds(path, text)]
    if not check:
        for path in changed:
            path.write_text(texts[path], encoding="utf-8")
    return changed


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
