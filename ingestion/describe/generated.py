"""The files of the repository that are made from the contracts, and from the kinds of reasons."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingestion.contract.model import Contract
from ingestion.describe.dbt_relations import RELATIONS_FILE, render_relations
from ingestion.describe.dbt_sources import SOURCES_FILE, render_sources
from ingestion.describe.dictionary import DICTIONARY_FILE, render_dictionary
from ingestion.describe.reason_lists import REASONS_FILE, TITLES_FILE, render_reasons, render_titles

_RENDERERS: dict[Path, Callable[[Sequence[Contract]], str]] = {
    SOURCES_FILE: render_sources,
    RELATIONS_FILE: render_relations,
    DICTIONARY_FILE: render_dictionary,
    TITLES_FILE: lambda contracts: render_titles(),
    REASONS_FILE: lambda contracts: render_reasons(),
}


def write_generated(contracts: Iterable[Contract]) -> list[Path]:
    """Bring all files up to date with `contracts`, ordered by source; returns those that changed."""
    contracts = tuple(contracts)
    changed = outdated(contracts)
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        # At once: a build may be reading it.
        partial = path.with_name(f".{path.name}.{os.getpid()}.part")
        partial.write_text(_RENDERERS[path](contracts), encoding="utf-8")
        partial.replace(path)
    return changed


def outdated(contracts: Iterable[Contract]) -> list[Path]:
    """The files that are missing or differ from what `contracts`, ordered by source, make of them."""
    contracts = tuple(contracts)
    return [path for path, render in _RENDERERS.items() if not _holds(path, render(contracts))]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
