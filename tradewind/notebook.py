"""Run a notebook against the warehouse and write it as a page: `python -m tradewind.notebook`."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from tradewind.extra_environments import ANALYSIS, EnvironmentMissing, environment_python
from tradewind.settings import ROOT, Settings

OVERVIEW = ROOT / "notebooks" / "overview.ipynb"


_FOREIGN_SCRIPT = re.compile(r"<script[^>]*\ssrc=[\"']https?://[^>]*>\s*</script>")


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookFailed(Exception):
    """A cell failed; the text is the last output of the notebook runner."""


def run_notebook(path: Path, page: Path) -> None:
    """Execute every cell and write the page with its charts; the notebook itself stays as it is.

    Raises:
        EnvironmentMissing: where the environment of notebooks cannot be made.
        NotebookFailed: as the class says; there is no new page.
    """
    command = [str(environment_python(ANALYSIS)), "-m", "nbconvert", "--execute", "--to", "html"]
    page.parent.mkdir(parents=True, exist_ok=True)
    outcome = subprocess.run(
        [*command, "--output-dir", str(page.parent), "--output", page.stem, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PLOTLY_RENDERER": "notebook"},
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        lines = _COLOURS.sub("", outcome.stderr).strip().splitlines()
        raise NotebookFailed("\n".join(lines[-10:]))
    # the page contains everything its charts need: opening it loads nothing from other hosts
    page.write_text(_FOREIGN_SCRIPT.sub("", page.read_text("utf-8")), "utf-8")


def main(arguments: list[str]) -> int:
    """Run one notebook; exit code 1, with the failed cell, if a cell fails."""
    parser = argparse.ArgumentParser(prog="python -m tradewind.notebook", description=__doc__)
    parser.add_argument("notebook", nargs="?", type=Path, default=OVERVIEW)
    parser.add_argument("--out", type=Path, help="page to write; .local/notebooks/<name>.html")
    options = parser.parse_args(arguments)
    page = options.out or Settings.load().state / "notebooks" / f"{options.notebook.stem}.html"
    try:
        run_notebook(options.notebook, page)
    except (EnvironmentMissing, NotebookFailed) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
