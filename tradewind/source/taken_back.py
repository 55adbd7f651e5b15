"""Which files make a source: its mappings, and the contracts that nothing else reads.

The source that is to go may be the one that is at fault, so that files are read without being checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ingestion.contract.files import CONTRACTS
from tradewind.mapping.files import mapping_files
from tradewind.source.errors import SourceError

#: Sources that belong to the project: its own models read them.
SHIPPED = frozenset(
    {
        "finance.budget_rates",
        "finance.exchange_rates",
        "olist.category_translation",
        "olist.customers",
        "olist.geolocation",
        "olist.order_items",
        "olist.order_payments",
        "olist.order_reviews",
        "olist.orders",
        "olist.products",
        "olist.sellers",
        "sales.engagement",
        "sales.inventory",
        "sales.targets",
        "sales.transactions",
    }
)

_SOURCE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+", re.ASCII)

#: In a file that is not YAML: all that may be a source.
_NAMED = re.compile(r"\bsource\b[\"']?\s*:\s*[\"']?([a-z0-9_]+\.[a-z0-9_]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Said:
    """Whose a mapping is, and which sources it reads, as its file says; not `is_sure` if it is not YAML."""

    own: frozenset[str]
    read: frozenset[str]
    is_sure: bool


def files_of(source: str, folder: Path = CONTRACTS) -> tuple[list[Path], list[str]]:
    """The files of a source below `folder`, mappings first, and sentences on what stays.

    Raises:
        SourceError: there is no mapping of the source, or it belongs to the project.
    """
    if source in SHIPPED:
        raise SourceError(
            f"{source} belongs to the project itself: only what make source made can be taken back"
        )
    said = {path: _said(path) for path in mapping_files(folder)}
    gone = {path: each for path, each in said.items() if source in each.own}
    if not gone:
        names = ", ".join(sorted(set().union(*(each.own for each in said.values())))) or "none"
        raise SourceError(f"no mapping is of {source!r}; there are: {names}")
    still_read = set().union(*(each.read for path, each in said.items() if path not in gone)) | SHIPPED
    read = set().union(*(each.read if each.is_sure else each.own for each in gone.values()))
    contracts = [_contract(name, folder) for name in sorted(read - still_read)]
    notes = [
        f"{path.name} is not YAML: contracts of the tables that it joins stay"
        for path, each in gone.items()
        if not each.is_sure
    ]
    return [*gone, *(path for path in contracts if path.is_file())], notes


def _said(path: Path) -> _Said:
    placed = f"{path.parent.name}.{path.name.partition('.')[0]}"
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return _Said(frozenset({placed}), frozenset({placed}), is_sure=False)
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        # a date that does not exist is a ValueError
        return _Said(frozenset({placed}), frozenset({placed, *_NAMED.findall(text)}), is_sure=False)
    document = document if isinstance(document, dict) else {}
    own = frozenset(_sources([placed, document.get("source")]))
    joins = document.get("joins")
    joined = joins.values() if isinstance(joins, dict) else ()
    return _Said(
        own, own.union(_sources(each.get("source") for each in joined if isinstance(each, dict))), True
    )


def _sources(values: Iterable[Any]) -> Iterator[str]:
    return (each for each in values if isinstance(each, str) and _SOURCE.fullmatch(each))


def _contract(source: str, folder: Path) -> Path:
    domain, _, table = source.partition(".")
    return folder / domain / f"{table}.yaml"
