"""Checks whether a program is healthy: `python docker/health.py URL [PART]`; exit code 1 if it is not.

A file URL is for a program without an HTTP page, which touches the file in each round. PART is a part of
Airflow on its health page: the parts have no pages of their own, but report to the database, and the API
server says how recent each report is. Only the standard library is used: this runs every few seconds.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from pathlib import Path

#: Seconds to wait for the answer; less than a health check may take.
PATIENCE = 4

#: As a proxy with TLS asks: with SUPERSET_HTTPS=1, Superset would redirect to https, which it does not speak.
THROUGH_TLS = {"X-Forwarded-Proto": "https"}

#: Seconds that a round may take, including its pause.
LONGEST_ROUND = 60


def fault(url: str, part: str = "") -> str | None:
    """What is wrong; None if nothing is."""
    if url.startswith("file://"):
        return _fault_of_rounds(Path(url.removeprefix("file://")))
    request = urllib.request.Request(url, headers=THROUGH_TLS)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
    except OSError as error:
        return f"{url}: {error}"
    if not part:
        return None
    status = (json.loads(text).get(part) or {}).get("status")
    return None if status == "healthy" else f"{part}: {status or 'not reported'}"


def _fault_of_rounds(file: Path) -> str | None:
    try:
        age = time.time() - file.stat().st_mtime
    except OSError as error:
        return str(error)
    return f"{file}: not touched for {age:.0f} s" if age > LONGEST_ROUND else None


if __name__ == "__main__":
    sys.exit(fault(*sys.argv[1:]))
