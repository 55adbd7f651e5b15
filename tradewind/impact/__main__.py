"""Command line of `make impact`: what the changes since a base touch."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from tradewind.dashboards.tree import FOLDER, TreeError
from tradewind.dashboards.tree import read as read_assets
from tradewind.impact.changed import Changed, read_changes
from tradewind.impact.compiled import CompileError, compile_at, compile_now
from tradewind.impact.git import GitError, changes, default_base, start_of
from tradewind.impact.graph import Impact, impact
from tradewind.impact.models import changed_models
from tradewind.impact.report import counts, mermaid, table
from tradewind.lineage.manifest import CatalogError
from tradewind.lineage.project import follow
from tradewind.settings import ROOT, Settings


def main(arguments: list[str]) -> int:
    """Print the table; returns the exit code: 0, or 1 if something cannot be read."""
    options = _parser().parse_args(arguments)
    settings = Settings.load()
    try:
        base = options.base or default_base(ROOT)
        found = _impact(base, settings)
    except (CatalogError, CompileError, GitError, TreeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if not found.touched:
        print(f"Nothing that a dashboard could show differs from {base}.")
        return 0
    # Output that is not shown in a terminal is not wrapped.
    Console(width=None if sys.stdout.isatty() else 200).print(table(found))
    print(f"\nsince {base}: {counts(found)}")
    if options.mermaid:
        options.mermaid.write_text(mermaid(found), encoding="utf-8")
        print(options.mermaid)
    return 0


def _impact(base: str, settings: Settings) -> Impact:
    """What changed since the working tree diverged from the base, and what that touches."""
    changed = read_changes(changes(ROOT, base))
    if changed == Changed():  # nothing to compile
        return Impact()
    project = compile_now(settings)
    lineage = follow(project)
    if changed.is_project:
        before = compile_at(settings, start_of(ROOT, base))
        for name, columns in changed_models(before, project, lineage).items():
            changed.note(name, columns)
    return impact(changed, project, lineage, read_assets(), _security())


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
