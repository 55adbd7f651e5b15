"""Writes the seeds of countries: `python -m tradewind.vocabulary`, after a new Babel or a new name."""

from __future__ import annotations

import sys

from tradewind.vocabulary.seeds import write_seeds


def main() -> int:
    """Write what changed and say it; returns the exit code."""
    for path in write_seeds():
        print(f"written: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
