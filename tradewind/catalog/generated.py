"""The files of the repository that are made from dbt's manifest and the dashboards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tradewind.catalog.erd import render_erd
from tradewind.catalog.exposures import render_exposures
from tradewind.catalog.metrics_page import render_metrics
from tradewind.catalog.privacy_page import render_privacy
from tradewind.lineage.manifest import Manifest
from tradewind.settings import ROOT

#: Needs no manifest: a manifest cannot be made while it names a mart that is gone.
EXPOSURES_FILE = ROOT / "dbt_project" / "models" / "exposures.yml"

_RENDERERS: dict[Path, Callable[[Manifest], str]] = {
    ROOT / "docs" / "metrics.md": render_metrics,
    ROOT / "docs" / "erd.md": render_erd,
    ROOT / "docs" / "privacy.md": render_privacy,
}

FILES = (EXPOSURES_FILE, *_RENDERERS)


def write_exposures(check: bool = False) -> list[Path]:
    """Bring the dashboards' file up to date, or only look; returns it if it has changed."""
    return _settle({EXPOSURES_FILE: render_exposures()}, check)


def write_pages(manifest: Manifest, check: bool = False) -> list[Path]:
    """Bring all files that the manifest tells up to date, or only look; returns those that have changed."""
    return _settle({path: render(manifest) for path, render in _RENDERERS.items()}, check)


def _settle(texts: dict[Path, str], check: bool) -> list[Path]:
    changed = [path for path, text in texts.items() if not _holds(path, text)]
    if not check:
        for path in changed:
            path.write_text(texts[path], encoding="utf-8")
    return changed


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
