"""Whether a program is well: `python docker/health.py URL [PART]`; exit code 1 where it is not.

PART is a part of Airflow on its health page: a part has no page of its own, but reports to the database, and
the API server tells how fresh its report is. Standard library alone: this runs every few seconds.
"""

from __future__ import annotations

import json
import sys
import urllib.request

#: Seconds to wait for the answer; less than the time that a health check may take.
PATIENCE = 4


def fault(url: str, part: str = "") -> str | None:
    """What is wrong; None where all is well."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            text = answer.read()
    except OSError as error:
        return f"{url}: {error}"
    if not part:
        return None
    status = (json.loads(text).get(part) or {}).get("status")
    return None if status == "healthy" else f"{part}: {status or 'not reported'}"


if __name__ == "__main__":
    sys.exit(fault(*sys.argv[1:]))
