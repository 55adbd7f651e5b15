"""Breaks each mart and each fact in small ways and checks that a test fails each time: `make mutants`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from fnmatch import fnmatch
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy.engine import URL

from deploy.databases.warehouse import create_database, prepare
from ingestion.loading.load import load
from ingestion.sample import write_sample_files
from tests.conftest import PASSWORD, throw_away_server
from tests.mutation.mutators import Mutant
from tests.mutation.project import Project, ProjectError
from tests.mutation.report import Report, difference
from tradewind.settings import ROLES, text

SURVIVORS = Path(__file__).with_name("survivors.yml")

#: Models that are mutated by default.
PATTERNS = ("mart_*", "fct_*")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    # if this is ended from outside, the server ends too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    with tempfile.TemporaryDirectory(prefix="tradewind-mutants-") as folder:
        try:
            if options.list:
                project = Project(URL.create("postgresql", database="none", host="none"), Path(folder))
                for mutant in _chosen(project, options):
                    console.print(mutant.name, f"line {mutant.line}:", mutant.change, markup=False)
                return 0
            with sample_warehouse(Path(folder), options.files) as base:
                return _check(Project(base, Path(folder)), options, console)
        except ProjectError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2


def _check(project: Project, options: argparse.Namespace, console: Console) -> int:
    chosen = _chosen(project, options)
    if not chosen:
        raise ProjectError("no mutant has this name: --list shows them")
    project.build()
    report = Report(yaml.safe_load(SURVIVORS.read_text()) or {})
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    # without a refresh thread, since this process forks
    with Progress(*columns, console=console, auto_refresh=False, transient=True) as progress:
        task = progress.add_task("mutants", total=len(chosen))
        for mutant, verdict in project.judge_all(chosen, options.jobs):
            report.verdicts[mutant] = verdict
            progress.update(task, advance=1, refresh=console.is_terminal)
            if mutant in report.unexplained:
                progress.console.print(f"[red]SURVIVED[/] {mutant.name} line {mutant.line}", soft_wrap=True)
    if options.names:
        for mutant in chosen:
            console.print(difference(mutant, project.models()[mutant.model].raw_code), markup=False)
    report.print(console)
    if not options.names and not options.limit:
        for name in report.stale({mutant.model for mutant in chosen}):
            console.print(f"[yellow]stale[/] in {SURVIVORS.name}: {name}")
    return 0 if report.is_good else 1


def _chosen(project: Project, options: argparse.Namespace) -> list[Mutant]:
    """Mutants of the requested models; with a limit, spread over all of them."""
    patterns = options.model or [name.split("/")[0] for name in options.names] or PATTERNS
    names = sorted(n for n in project.models() if any(fnmatch(n, pattern) for pattern in patterns))
    found = [mutant for name in names for mutant in project.mutants_of(name)]
    if options.names:
        found = [mutant for mutant in found if mutant.name in options.names]
    if options.limit and options.limit < len(found):
        found = [found[i * len(found) // options.limit] for i in range(options.limit)]
    return found


@contextmanager
def sample_warehouse(folder: Path, files: Sequence[Path] = ()) -> Iterator[URL]:
    """A warehouse with sample data, and with `files` of other companies, on its own server."""
    with throw_away_server() as server:
        create_database(server, "mutants")
        base = server.set(database="mutants")
        prepare(base, dict.fromkeys(ROLES, PASSWORD))
        write_sample_files(folder / "files", rows=1000, until=date(2024, 12, 1))
        url = text(base.set(username="loader", password=PASSWORD))
        for result in load([folder / "files", *files], url=url):
            if not result.is_fine:
                raise ProjectError(result.message)
        yield base


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="MUTANT", help="only these, and how they differ")
    parser.add_argument("--model", action="append", help="only this model, or models that match a pattern")
    parser.add_argument("--list", action="store_true", help="list the mutants without judging them")
    parser.add_argument("--limit", type=int, metavar="N", help="only N mutants, spread over all")
    parser.add_argument(
        "--files", nargs="+", type=Path, default=[], metavar="FILE", help="load these files too"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="so many at once (default 2)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
