"""A copy of the dbt project for changes, in which dbt is run like `python -m tradewind` does."""

from __future__ import annotations

import shutil
from pathlib import Path
from subprocess import CompletedProcess
from textwrap import dedent

from tests.conftest import Warehouse
from tests.integration.dbt.builds import new_state, run_tradewind
from tradewind.warehouse.build import PROJECT


class ProjectCopy:
    """The project in its own folder."""

    def __init__(self, warehouse: Warehouse, folder: Path, parsed: Path) -> None:
        """A copy in a folder; `parsed` is a state folder in which dbt has parsed the project."""
        self.folder = folder / "dbt_project"
        self._warehouse = warehouse
        self._state = new_state(folder / "state", parsed)
        shutil.copytree(PROJECT, self.folder, ignore=shutil.ignore_patterns("target", "logs"))

    def write(self, path: str, text: str) -> None:
        """Write a file of the project, given its path below the project's folder."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(dedent(text).lstrip())

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that occurs once."""
        text = (self.folder / path).read_text()
        assert text.count(old) == 1, (path, old)
        (self.folder / path).write_text(text.replace(old, new))

    def dbt(self, *arguments: str) -> CompletedProcess:
        project = ("--project-dir", str(self.folder))
        return run_tradewind(self._warehouse, self._state, "dbt", *arguments, *project)

    def run(self, *arguments: str) -> str:
        """Run dbt, which must succeed; returns its output."""
        outcome = self.dbt(*arguments)
        assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]
        return outcome.stdout
