"""`make connectors`: files for Power BI and Tableau, and an extract of one mart."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from sqlalchemy.engine import URL

from tradewind.connectors.datasets import read_datasets
from tradewind.connectors.formulas import UnknownFormula
from tradewind.connectors.power_bi import pbids
from tradewind.connectors.tableau import tds
from tradewind.extra_environments import ANALYSIS, EnvironmentMissing, environment_python
from tradewind.settings import ROOT, SettingError, Settings

DEFAULT_MART = "mart_executive_summary"


class ExtractFailed(Exception):
    """The extract could not be written; the text says why."""


def main(arguments: list[str]) -> int:
    """Write the files and print their names; exit code 1 with the reason if one cannot be written."""
    settings = Settings.load()
    parser = argparse.ArgumentParser(prog="python -m tradewind.connectors", description=__doc__)
    parser.add_argument("--mart", default=DEFAULT_MART, help="mart to extract (%(default)s)")
    parser.add_argument("--server", help="host or host:port by which the tools reach the warehouse")
    parser.add_argument("--out", type=Path, default=settings.state / "connectors", help="folder of the files")
    parser.add_argument("--no-extract", action="store_true", help="leave out the .hyper file")
    options = parser.parse_args(arguments)
    try:
        written = write_sources(options.out, settings.reporters_url(options.server))
        print(f"{options.out}: {', '.join(written)}")
        if not options.no_extract:
            path = options.out / f"{options.mart}.hyper"
            print(f"{path}: {extract(options.mart, path)} rows")
    except (UnknownFormula, EnvironmentMissing, ExtractFailed, SettingError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def write_sources(folder: Path, url: URL) -> list[str]:
    """Write the `.pbids` file and one `.tds` file per mart; returns their names."""
    files = {"tradewind.pbids": pbids(url)}
    files |= {f"{dataset['table_name']}.tds": tds(dataset, url) for dataset in read_datasets()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return list(files)


def extract(mart: str, path: Path) -> int:
    """Write a mart as a `.hyper` file, in an environment of its own; returns the number of rows.

    Raises:
        EnvironmentMissing: where that cannot be made.
        ExtractFailed: with the last line that the program wrote.
    """
    command = [
        str(environment_python(ANALYSIS)),
        "-m",
        "tradewind.connectors.extract",
        mart,
        str(path.resolve()),
    ]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if outcome.returncode:
        raise ExtractFailed((outcome.stderr.strip() or "no reason given").splitlines()[-1])
    return int(outcome.stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
