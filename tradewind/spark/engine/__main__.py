"""Does one thing, as the JSON on the standard input says, and writes what came of it as JSON into a file.

`python -m tradewind.spark.engine build | compare`; `tradewind/spark/` starts it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from tradewind.spark.engine import build, compare
from tradewind.spark.engine.java import JavaMissing
from tradewind.spark.engine.thrift_server import ServerFailed

_VERBS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "build": build.run,
    "compare": compare.run,
}


def main() -> int:
    """Returns 0 also where models or tests failed: the answer says so."""
    request = json.load(sys.stdin)
    try:
        answer = _VERBS[sys.argv[1]](request)
    except (JavaMissing, ServerFailed, LookupError, ValueError, psycopg.Error) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    Path(request["answer"]).write_text(json.dumps(answer, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
