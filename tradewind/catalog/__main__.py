"""Command line: write the generated pages, or compare them with `--check`.

`site` compiles the models first and builds dbt's site as well; `privacy` prints what is not public, and
where.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tradewind.catalog.generated import FILES, write_pages, write_unparsed
from tradewind.catalog.privacy import examine
from tradewind.lineage.manifest import CatalogError, read
from tradewind.settings import ROOT, Settings
from tradewind.warehouse.build import project_changed_at, run_dbt


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    options = _options(arguments)
    settings = Settings.load()
    path = options.manifest or settings.state / "dbt" / "manifest.json"
    try:
        match options.command:
            case "privacy":
                return _privacy(path)
            case "site":
                return _site(settings, path)
        return _pages(path, options.check)
    except CatalogError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _pages(path: Path, check: bool) -> int:
    changed = write_unparsed(check)
    changed += write_pages(read(path, project_changed_at()), check)
    if check:
        for each in changed:
            print(f"{each.relative_to(ROOT)} differs: run `make sync`", file=sys.stderr)
        return 1 if changed else 0
    for each in FILES:
        print(f"{each.relative_to(ROOT)}{' (changed)' if each in changed else ''}")
    return 0


def _site(settings: Settings, path: Path) -> int:
    """dbt's site in one file, and all pages; needs the warehouse, whose tables the site describes."""
    write_unparsed()  # dbt reads them
    # Without the branches of incremental models, as the lint test compiles them in an empty warehouse.
    _dbt(settings, "compile", "--full-refresh", "--quiet")
    _pages(path, check=False)
    _dbt(settings, "docs", "generate", "--static", "--quiet")
    print(path.parent / "static_index.html")
    return 0


def _dbt(settings: Settings, *arguments: str) -> None:
    if not run_dbt(arguments, settings).success:
        raise CatalogError(f"dbt {arguments[0]} failed; is the warehouse up? `make up` starts it")


def _privacy(path: Path) -> int:
    """Print everything that is not public in core, ops and marts; 1 where some of it must not be there."""
    privacy = examine(read(path, project_changed_at()))
    breaches = privacy.breaches
    for trace in privacy.traces:
        print(f"{'BREACH ' if trace in breaches else ''}{trace}")
    print(
        f"{privacy.walked} columns walked, {privacy.classified} columns of sources are not public, ", end=""
    )
    print(f"{len(breaches)} breaches")
    return 1 if breaches else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tradewind.catalog", description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="?", choices=["pages", "site", "privacy"], default="pages")
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--manifest", type=Path, help="another manifest.json than the last build's")
    options = parser.parse_args(arguments)
    if options.check and options.command != "pages":
        parser.error("--check compares pages, and nothing else")
    if options.manifest and options.command == "site":
        parser.error("site compiles the models itself, and reads no other --manifest")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
