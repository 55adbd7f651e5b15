"""dbt's manifest as a few plain objects: every model, seed and source with its columns."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_GRAIN = re.compile(r"\s*\bGrain\s*[:-]\s*(.+?)(?:\.(?=\s|$)|$)")


class CatalogError(Exception):
    """The manifest is missing, or lacks what is asked of it."""


@dataclass(frozen=True)
class Column:
    name: str
    description: str
    data_type: str
    meta: dict[str, Any]


@dataclass(frozen=True)
class Node:
    """A model, a seed or a source's table.

    Attributes:
        layer: folder of a model below `models/`: staging, core, marts, ops; else `seed` or `source`.
        folders: all folders of a model below `models/`.
        relation: schema and table, as compiled SQL names it.
        columns: as described in YAML.
        meta: `config.meta`.
        inputs: ids of the nodes it reads.
        header: columns of a seed's file.
        sql: a model's select, compiled; empty where the project was parsed only.
        template: the same select as it stands in its file.
        config: how dbt builds it.
        macros: ids of the macros it calls.
    """

    id: str
    kind: str
    name: str
    layer: str
    folders: tuple[str, ...]
    relation: str
    description: str
    columns: dict[str, Column]
    meta: dict[str, Any]
    inputs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    sql: str = ""
    template: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    macros: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """The description in one line, without the sentence on the grain."""
        return _GRAIN.sub("", _one_line(self.description)).strip()

    @property
    def grain(self) -> str:
        """What one row stands for, as the description says; empty where it does not."""
        found = _GRAIN.search(_one_line(self.description))
        return found.group(1) if found else ""


@dataclass(frozen=True)
class Check:
    """A generic test of a column or a table."""

    name: str
    node: str
    column: str
    arguments: dict[str, Any]
    inputs: tuple[str, ...]
    severity: str


@dataclass(frozen=True)
class Macro:
    """A macro; `path` is relative to the folder of its project or package."""

    name: str
    path: str
    sql: str
    macros: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """Everything that dbt knows of the project; `dialect` is the engine's name as sqlglot has it."""

    dialect: str
    nodes: dict[str, Node]
    checks: list[Check] = field(default_factory=list)
    macros: dict[str, Macro] = field(default_factory=dict)

    def called_by(self, node: Node) -> list[Macro]:
        """All macros that a model calls, directly or through other macros, by name."""
        found: dict[str, Macro] = {}
        ahead = list(node.macros)
        while ahead:
            each = ahead.pop()
            if each not in found and each in self.macros:
                found[each] = self.macros[each]
                ahead += found[each].macros
        return sorted(found.values(), key=lambda macro: (macro.name, macro.path))

    def models(self, layer: str = "") -> list[Node]:
        """All models by name; those of one layer where it is named."""
        found = [n for n in self.nodes.values() if n.kind == "model" and layer in ("", n.layer)]
        return sorted(found, key=lambda node: node.name)

    def in_order(self) -> Iterator[Node]:
        """All nodes, each after those that it reads."""
        done: set[str] = set()

        def visit(node: Node) -> Iterator[Node]:
            if node.id not in done:
                done.add(node.id)
                for parent in sorted(node.inputs):
                    if parent in self.nodes:
                        yield from visit(self.nodes[parent])
                yield node

        for node_id in sorted(self.nodes):
            yield from visit(self.nodes[node_id])


def read(path: Path, changed_at: float = 0) -> Manifest:
    """Read `manifest.json`.

    Args:
        path: of the file.
        changed_at: when the project was last changed, in seconds of the epoch.

    Raises:
        CatalogError: there is none, or the project has changed since it was written.
    """
    if not path.is_file():
        raise CatalogError(f"no manifest at {path}: run `python -m tradewind dbt compile` first")
    if path.stat().st_mtime < changed_at:
        raise CatalogError(
            f"{path} is older than the project: run `python -m tradewind dbt compile --full-refresh` first"
        )
    data = json.loads(path.read_text())
    nodes = [_node(raw) for raw in data["nodes"].values() if raw["resource_type"] in ("model", "seed")]
    nodes += [_node(raw) for raw in data["sources"].values()]
    checks = [_check(raw) for raw in data["nodes"].values() if raw.get("test_metadata")]
    macros = {macro_id: _macro(raw) for macro_id, raw in data.get("macros", {}).items()}
    return Manifest(data["metadata"]["adapter_type"], {node.id: node for node in nodes}, checks, macros)


def _node(raw: dict[str, Any]) -> Node:
    kind = raw["resource_type"]
    folders = tuple(raw["fqn"][1:-1]) if kind == "model" else ()
    table = raw.get("identifier") or raw.get("alias") or raw["name"]
    return Node(
        id=raw["unique_id"],
        kind=kind,
        name=f"{raw['source_name']}.{raw['name']}" if kind == "source" else raw["name"],
        layer=folders[0] if folders else kind,
        folders=folders,
        relation=f"{raw['schema']}.{table}".lower(),
        description=raw.get("description") or "",
        columns={column["name"]: _column(column) for column in raw["columns"].values()},
        meta=raw.get("config", {}).get("meta") or {},
        inputs=tuple(raw.get("depends_on", {}).get("nodes", ())),
        header=tuple(_header(raw)) if kind == "seed" else (),
        sql=raw.get("compiled_code") or "",
        template=raw.get("raw_code") or "",
        config=raw.get("config", {}),
        macros=tuple(raw.get("depends_on", {}).get("macros", ())),
    )


def _macro(raw: dict[str, Any]) -> Macro:
    return Macro(raw["name"], raw["original_file_path"], raw["macro_sql"], tuple(raw["depends_on"]["macros"]))


def _column(raw: dict[str, Any]) -> Column:
    return Column(
        raw["name"],
        _one_line(raw.get("description") or ""),
        raw.get("data_type") or "",
        raw.get("config", {}).get("meta") or {},
    )


def _header(raw: dict[str, Any]) -> Iterable[str]:
    with (Path(raw["root_path"]) / raw["original_file_path"]).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _check(raw: dict[str, Any]) -> Check:
    arguments = dict(raw["test_metadata"]["kwargs"])
    return Check(
        name=raw["test_metadata"]["name"],
        node=raw.get("attached_node") or "",
        column=raw.get("column_name") or "",
        arguments=arguments | (arguments.pop("arguments", None) or {}),
        inputs=tuple(raw["depends_on"]["nodes"]),
        severity=str(raw["config"].get("severity", "error")).lower(),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
