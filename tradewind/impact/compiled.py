"""The project compiled as it is now and as it was at a base, side by side."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

from tradewind.impact import git
from tradewind.lineage import manifest
from tradewind.lineage.manifest import Manifest
from tradewind.settings import ROOT, Settings
from tradewind.warehouse.build import PROJECT, run_dbt

_PARSED = "partial_parse.msgpack"


class CompileError(Exception):
    """dbt cannot compile the project; the message says which state of it."""


def compile_now(settings: Settings) -> Manifest:
    """Compile the project as it is in the working tree; needs no warehouse.

    Raises:
        CompileError: dbt cannot read it.
    """
    return _compile(settings, PROJECT, settings.state / "impact" / "now", "")


def compile_at(settings: Settings, commit: str) -> Manifest:
    """Compile the project as it was at a commit; the result is kept until another base is compiled.

    After `compile_now`, dbt parses only the files that differ.

    Raises:
        CompileError: dbt cannot read the project of that commit.
        git.GitError: the commit does not have the project.
    """
    name = PROJECT.relative_to(ROOT).as_posix()
    state = git.tree_of(ROOT, commit, name)
    target = settings.get("TRADEWIND_TARGET", "postgres")
    folder = settings.state / "impact" / f"{state[:16]}-{target}-dbt-{version('dbt-core')}"
    if not (folder / "target" / "manifest.json").is_file():
        for old in folder.parent.glob("*-dbt-*"):
            shutil.rmtree(old)
        git.extract(ROOT, commit, name, folder)
        (folder / "target").mkdir()
        if (parsed := folder.parent / "now" / _PARSED).is_file():
            shutil.copy(parsed, folder / "target" / _PARSED)
        return _compile(settings, folder / name, folder / "target", f" as it was at {commit[:12]}")
    return manifest.read(folder / "target" / "manifest.json")


def _compile(settings: Settings, project: Path, target: Path, when: str) -> Manifest:
    places = {"project-dir": project, "profiles-dir": project, "target-path": target}
    options = [word for name, path in places.items() for word in (f"--{name}", str(path))]
    options += ["--select", "resource_type:model", "--quiet", "--no-populate-cache", "--no-introspect"]
    found = target / "manifest.json"
    outcome = run_dbt(["compile", *options], settings)
    if not outcome.success:
        found.unlink(missing_ok=True)  # dbt may have written one; the next call must not take it for compiled
        raise CompileError(f"dbt cannot read {PROJECT}{when}: {outcome.exception or 'its messages say why'}")
    from dbt import tracking  # as slow to import as dbt itself

    # A model may contain the time of the run, which is not a change.
    time = f"{tracking.active_user.run_started_at:%Y-%m-%d %H:%M:%S}"
    found.write_text(found.read_text().replace(time, "2000-01-01 00:00:00"))
    return manifest.read(found)
