"""Command line behind `make impact`: what the changes since a base touch."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from tradewind.impact.changed import Changed, read_changes
from tradewind.impact.git import GitError, changes, default_base
from tradewind.impact.graph import Impact, Model, impact
from tradewind.impact.report import counts, mermaid, table
from tradewind.settings import ROOT, Settings
from tradewind.superset_assets import FOLDER, TreeError
from tradewind.superset_assets import read as read_assets
from tradewind.warehouse.build import PROJECT, run_dbt


class ImpactError(Exception):
    """The impact cannot be told; the message says why."""


def main(arguments: list[str]) -> int:
    """Print the table; returns the exit code: 0, or 1 where something cannot be read."""
    options = _parser().parse_args(arguments)
    settings = Settings.load()
    try:
        base = options.base or default_base(ROOT)
        changed = read_changes(changes(ROOT, base))
        if changed == Changed():  # dbt need not be asked
            found = Impact()
        else:
            found = impact(changed, _models(settings), read_assets(), _security())
    except (GitError, ImpactError, TreeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not found.touched:
        print(f"Nothing that a dashboard could show differs from {base}.")
        return 0
    # Where nobody looks, lines are as long as they are.
    Console(width=None if sys.stdout.isatty() else 200).print(table(found))
    print(f"\nsince {base}: {counts(found)}")
    if options.mermaid:
        options.mermaid.write_text(mermaid(found), encoding="utf-8")
        print(options.mermaid)
    return 0


def _models(settings: Settings) -> list[Model]:
    """The models as they are now; their SQL is compiled where the last build or compile knew the same."""
    folder = settings.state / "impact"
    outcome = run_dbt(["parse", "--quiet", "--target-path", str(folder)], settings)
    if not outcome.success:
        raise ImpactError(f"dbt cannot read {PROJECT}: {outcome.exception or 'its messages say why'}")
    now = json.loads((folder / "manifest.json").read_text())
    last = settings.state / "dbt" / "manifest.json"
    before = json.loads(last.read_text()) if last.is_file() else {"nodes": {}, "macros": {}}
    known = {name: each["macro_sql"] for name, each in before["macros"].items()}
    changed = {name for name, each in now["macros"].items() if each["macro_sql"] != known.get(name)}
    raw = {
        **now["sources"],
        **{k: v for k, v in now["nodes"].items() if v["resource_type"] in ("model", "seed")},
    }
    models = {
        node_id: _model(node, before["nodes"].get(node_id, {}), now["macros"], changed)
        for node_id, node in raw.items()
    }
    return _in_order(models)


def _model(
    node: dict[str, Any], compiled: dict[str, Any], macros: dict[str, Any], changed: set[str]
) -> Model:
    """A node of the graph; `changed` are macros that differ from those of the last build."""
    is_source = node["resource_type"] == "source"
    depends = node.get("depends_on", {})
    called = _called(depends.get("macros", ()), macros)
    is_same = compiled.get("checksum") == node.get("checksum") and not called & changed
    is_known = is_same and compiled.get("compiled_code")
    meta = node.get("config", {}).get("meta", {}).get("superset") or {}
    return Model(
        id=node["unique_id"],
        name=f"{node['source_name']}.{node['name']}" if is_source else node["name"],
        sql=compiled["compiled_code"] if is_known else node.get("raw_code") or "",
        inputs=tuple(depends.get("nodes", ())),
        macros=_macro_files(called, macros),
        columns=frozenset(name.lower() for name in node["columns"]),
        metrics={each["name"]: each["expression"] for each in meta.get("metrics", ())},
    )


def _macro_files(ids: Any, macros: dict[str, Any]) -> frozenset[str]:
    """Files of our macros among these."""
    ours = (macros[each] for each in ids if macros[each]["package_name"] == "tradewind")
    return frozenset(each["original_file_path"] for each in ours)


def _called(ids: Any, macros: dict[str, Any]) -> set[str]:
    """Macros that are called, and those that these call."""
    seen: set[str] = set()
    queue = list(ids)
    while queue:
        each = queue.pop()
        if each not in seen and each in macros:
            seen.add(each)
            queue += macros[each]["depends_on"]["macros"]
    return seen


def _in_order(models: dict[str, Model]) -> list[Model]:
    done: dict[str, Model] = {}

    def visit(node_id: str) -> None:
        if node_id in models and node_id not in done:
            for each in sorted(models[node_id].inputs):
                visit(each)
            done[node_id] = models[node_id]

    for node_id in sorted(models):
        visit(node_id)
    return list(done.values())


def _security() -> dict[str, Any]:
    path = FOLDER / "security.yaml"
    return yaml.safe_load(path.read_text()) or {} if path.is_file() else {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tradewind.impact", description=__doc__)
    parser.add_argument("--base", help="state to compare with; origin/main, or else the last commit")
    parser.add_argument("--mermaid", type=Path, metavar="FILE", help="write the graph there as well")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
