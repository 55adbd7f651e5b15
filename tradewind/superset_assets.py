"""The modules of `superset/` that need no Superset: its assets as they are, written out, and checked.

That folder is no package, it would hide Superset itself; so its modules are found by their folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tradewind.settings import ROOT

FOLDER = ROOT / "superset"

# Last, so that nothing of ours hides a library.
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))

import names  # noqa: E402
import queries  # noqa: E402
import readers  # noqa: E402
import security  # noqa: E402
import web  # noqa: E402
from shorthand import dataset_uuid, names_in, uuid_for  # noqa: E402
from tree import ASSETS, Tree, TreeError, nodes, of_kind, read  # noqa: E402

__all__ = [
    "ASSETS",
    "FOLDER",
    "Tree",
    "TreeError",
    "dataset_uuid",
    "files",
    "names",
    "names_in",
    "nodes",
    "of_kind",
    "queries",
    "read",
    "readers",
    "security",
    "uuid_for",
    "web",
]


def files(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every asset below a folder as its file says it, in short form, by path."""
    for path in sorted(folder.rglob("*.yaml")):
        yield path, yaml.safe_load(path.read_text("utf-8"))
