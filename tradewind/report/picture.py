"""The dashboard's picture, taken as a viewer with the role Executive."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tradewind.report.options import Options
from tradewind.settings import ROOT, Settings

#: Superset's user that only looks at dashboards; `tradewind/dashboards/bootstrap.py` makes it.
USER = "reports"

#: A dashboard is drawn at this width, in pixels: on a mail's 594 its letters can still be read.
WIDTH = 1024

#: Seconds until a browser that hangs is ended.
PATIENCE = 240


class NoPicture(Exception):
    """The picture could not be taken; the message says why."""


def take_picture(options: Options, settings: Settings) -> bytes:
    """A PNG of the dashboard.

    Raises:
        NoPicture: no Chromium, no such user yet, Superset down, or a chart in error.
    """
    password = settings.get("SUPERSET_REPORTS_PASSWORD")
    if not password:
        raise NoPicture("SUPERSET_REPORTS_PASSWORD is not set")
    with tempfile.TemporaryDirectory(prefix="tradewind-report-") as folder:
        file = Path(folder) / "dashboard.png"
        command = [sys.executable, "-m", "tradewind.dashboards.screenshot", "--url", options.superset_url]
        command += ["--user", USER, "--dashboard", options.dashboard]
        command += ["--out", str(file), "--width", str(WIDTH)]
        try:
            outcome = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, "SUPERSET_PASSWORD": password},
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired as error:
            raise NoPicture(f"no picture within {PATIENCE} s") from error
        if outcome.returncode:
            raise NoPicture((outcome.stderr.strip() or "no reason given").splitlines()[-1])
        return file.read_bytes()
