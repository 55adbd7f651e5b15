"""A copy of the dbt project for changes, in which dbt is run like `python -m tradewind` does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

from tests.conftest import Warehouse
from tests.integration.dbt.builds import run_tradewind
from tradewind.warehouse.build import PROJECT


class ProjectCopy:
    """The project in its own folder."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.folder = folder / "dbt_project"
        self._dbt: Callable[..., subprocess.CompletedProcess] = lambda *arguments: run_tradewind(
            warehouse, folder / "state", "dbt", *arguments, "--project-dir", str(self.folder)
        )
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

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess:
        return self._dbt(*arguments)

    def run(self, *arguments: str) -> str:
        """Run dbt, which must succeed; returns its output."""
        outcome = self.dbt(*arguments)
        assert outcome.returncode == 0, outcome.stdout[-6000:] + outcome.stderr[-2000:]
        return outcome.stdout
