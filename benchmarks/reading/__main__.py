"""Generates damaged files, reads them with `parse`, and prints how well that went.

    python -m benchmarks.reading [KIND]

In two ways: given each file's format, and detecting it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.reading.pollution import Polluted, polluted_files, weights
from benchmarks.reading.score import FAILED, Score, score
from ingestion.explore.parse import parse, written_header
from ingestion.tabular.table import Unreadable


def read(path: Path, **form: Any) -> list[list[str]]:
    """What `parse` writes for a file: its header, if it has one, and its rows."""
    with parse(path, **form) as table:
        rows = [list(row.cells) for row in table.rows if not row.fault]
        return [*written_header(table), *rows]


def scores(files: Sequence[Polluted], folder: Path, is_told: bool) -> list[Score]:
    found = []
    path = folder / "file.csv"
    for file in files:
        path.write_bytes(file.content.encode())
        try:
            found.append(score(file.rows, read(path, **(file.form if is_told else {}))))
        except Unreadable:
            found.append(FAILED)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("kind", nargs="?", default="", help="only kinds whose names begin with this")
    wanted = parser.parse_args().kind
    files = [file for file in polluted_files() if file.kind.startswith(wanted)]
    weight = weights(files)
    with tempfile.TemporaryDirectory() as folder:
        for is_told in (True, False):
            found = scores(files, Path(folder), is_told)
            simple = sum(each.measure for each in found) / len(found)
            weighted = sum(each.measure * w for each, w in zip(found, weight, strict=True)) / sum(weight)
            print(f"\n{'format given' if is_told else 'format detected'}: {len(files)} files")
            print(f"simple {simple:.4f}  weighted {weighted:.4f}\n")
            _print_kinds(files, found)


def _print_kinds(files: Sequence[Polluted], found: Sequence[Score]) -> None:
    kinds: dict[str, list[Score]] = defaultdict(list)
    for file, each in zip(files, found, strict=True):
        kinds[file.kind].append(each)
    kinds["all"] = list(found)
    print(f"{'kind':28}{'files':>7}{'measure':>9}{'right':>9}{'wrong':>8}{'missing':>9}")
    for kind, each in kinds.items():
        mean = sum(one.measure for one in each) / len(each)
        sums = [sum(getattr(one, name) for one in each) for name in _COUNTS]
        print(f"{kind:28}{len(each):7}{mean:9.4f}{sums[0]:9}{sums[1]:8}{sums[2]:9}")


_COUNTS = ("rows_right", "rows_wrong", "rows_missing")


if __name__ == "__main__":
    main()
