"""From `make up` in a clean clone to every chart painted: `make bench`.

Packages come from the cache that earlier installs have filled. Bounded: it starts one stack on ports of its
own, looks at one page, and deletes all of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from tests.support.clean_clone import clean_clone
from tests.support.guardian import Guard
from tradewind.settings import ROOT, Settings

#: What the project promises on 2 cores, in seconds.
PROMISED = 180

#: The same for `make up` when everything is already running.
PROMISED_AGAIN = 5

PORTS = {"POSTGRES_PORT": "21320", "AIRFLOW_PORT": "21080", "SUPERSET_PORT": "21088"}
STEP = re.compile(r"^✓ (.+?)\s+([\d.]+) s$", re.MULTILINE)


def main() -> int:
    """Measure, print the breakdown, clean up; exit code 1 above a promise."""
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="tradewind-bench-"))
    Guard().folder(folder)
    environment = of_clone()
    try:
        clean_clone(folder)
        started = time.monotonic()
        output = run_make(["up"], folder, environment)
        ready = time.monotonic()
        painted = _paint(folder, environment)
        total = time.monotonic() - started
        again = time.monotonic()
        run_make(["up"], folder, environment)
        again = time.monotonic() - again
        _show(console, output, ready - started, painted, total, again)
        return 0 if total <= PROMISED and again <= PROMISED_AGAIN else 1
    finally:
        if (folder / ".venv").exists():
            run_make(["down"], folder, environment)
        shutil.rmtree(folder, ignore_errors=True)


def of_clone() -> dict[str, str]:
    """The environment of a clone with ports of its own, without settings of this installation."""
    own = ("TRADEWIND_STATE", "LANDING_DIR", "WAREHOUSE_URL", "SAMPLE")
    return {**{name: value for name, value in os.environ.items() if name not in own}, **PORTS}


def run_make(arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run make in the clone; returns its output, and ends the program if it fails."""
    outcome = subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if outcome.returncode:
        sys.exit(f"make {arguments[0]} failed:\n{outcome.stdout}")
    return outcome.stdout


def _paint(folder: Path, environment: dict[str, str]) -> float:
    """Log in and paint the dashboard in a browser; returns the seconds since the start of the browser."""
    settings = Settings.load({**environment, "TRADEWIND_STATE": str(folder / ".local")})
    started = time.monotonic()
    subprocess.run(
        [
            *(sys.executable, "-m", "tradewind.dashboards.screenshot"),
            *("--url", f"http://127.0.0.1:{settings.superset_port}", "--out", str(folder / "first.png")),
        ],
        cwd=ROOT,
        env={**environment, "SUPERSET_PASSWORD": settings.get("SUPERSET_ADMIN_PASSWORD")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - started


def _show(console: Console, output: str, up: float, painted: float, total: float, again: float) -> None:
    table = Table(box=box.SIMPLE, title="From make up to every chart painted")
    table.add_column("Step")
    table.add_column("Seconds", justify="right")
    table.add_column("Share", justify="right")
    for name, seconds in STEP.findall(output):
        table.add_row(f"  {name}", seconds, f"{float(seconds) / total:.0%}")
    table.add_row("make up (Airflow and Superset in parallel)", f"{up:.1f}", f"{up / total:.0%}")
    table.add_row("browser, login, all charts, picture", f"{painted:.1f}", f"{painted / total:.0%}")
    table.add_row(
        "total", f"{total:.1f}", f"{total / PROMISED:.0%} of the promised {PROMISED} s", style="bold"
    )
    console.print(table)
    console.print(f"make up again, everything running: {again:.1f} s of the promised {PROMISED_AGAIN} s")


if __name__ == "__main__":
    sys.exit(main())
