"""The files of the repository that are made from the contracts, and from the kinds of reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingestion.contract.model import Contract
from ingestion.describe.dbt_relations import RELATIONS_FILE, render_relations
from ingestion.describe.dbt_sources import SOURCES_FILE, render_sources
from ingestion.describe.dictionary import DICTIONARY_FILE, render_dictionary
from ingestion.describe.files import settle
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
    return settle(_texts(contracts))


def outdated(contracts: Iterable[Contract]) -> list[Path]:
    """The files that are missing or differ from what `contracts`, ordered by source, make of them."""
    return settle(_texts(contracts), check=True)


def _texts(contracts: Iterable[Contract]) -> dict[Path, str]:
    contracts = tuple(contracts)
    return {path: render(contracts) for path, render in _RENDERERS.items()}
