"""Traces figures, and adds up the cells that a trace names with readers of its own."""

from __future__ import annotations

import csv
import gzip
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from tests.conftest import AIRFLOW_HOME, Warehouse
from tradewind.settings import Settings
from tradewind.trace.files import Load
from tradewind.trace.follow import Line, Trace, trace
from tradewind.trace.where import asked


@dataclass(frozen=True)
class Traced:
    """A trace, and every line of it with the text of its sum and its load."""

    trace: Trace
    lines: list[tuple[str, Load, Line]]

    def lines_of(self, wanted: str) -> list[tuple[Load, Line]]:
        return [(load, line) for of, load, line in self.lines if of == wanted]


def traced(warehouse: Warehouse, name: str, *conditions: str, mart: str | None = None) -> Traced:
    """Trace a figure of this warehouse."""
    lines: list[tuple[str, Load, Line]] = []
    found = trace(
        name,
        asked(conditions),
        # not this folder's own landing: its files may have the same numbers
        Settings.load({**warehouse.environment(), "LANDING_DIR": f"{AIRFLOW_HOME.name}/landing"}),
        mart=mart,
        sink=lambda wanted, load, line: lines.append((str(wanted), load, line)),
    )
    return Traced(found, lines)


def cells_add_up(found: Traced, header: str, number: Callable[[object], Decimal]) -> Decimal:
    """The sum of the cells below a header in all lines of the trace, as they stand in the files."""
    return sum(
        (number(table(Path(load.path))[line.number][header]) for _, load, line in found.lines), Decimal(0)
    )


def random_cells(chance: random.Random, rows: list[tuple], count: int) -> list[tuple]:
    """Some of these rows, none twice."""
    return chance.sample(sorted(rows, key=str), count)


@cache
def table(path: Path) -> dict[int, dict[str, object]]:
    """The rows of a file by the line on which they begin, with their cells by header."""
    if path.suffix == ".xlsx":
        rows, first = _sheet(path), 1
    else:
        rows, first = {}, 1
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            begins = 1
            for cells in reader:
                rows[begins] = cells
                begins = reader.line_num + 1
    headers = [str(header).strip() for header in rows.pop(first)]
    return {line: dict(zip(headers, cells, strict=False)) for line, cells in rows.items()}


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _sheet(path: Path) -> dict[int, list[str]]:
    """The rows of a workbook's first sheet by their numbers, straight from its XML."""
    with zipfile.ZipFile(path) as archive:
        strings = [
            "".join(part.text or "" for part in item.iter(f"{_MAIN}t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        root = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    rows: dict[int, list[str]] = {}
    for row in root.iter(f"{_MAIN}row"):
        cells: dict[int, str] = {}
        for cell in row.iter(f"{_MAIN}c"):
            value = cell.findtext(f"{_MAIN}v", "")
            letter, _ = re.fullmatch(r"([A-Z])(\d+)", cell.attrib["r"]).groups()
            cells[ord(letter) - 64] = strings[int(value)] if cell.get("t") == "s" and value else value
        rows[int(row.attrib["r"])] = [cells.get(place, "") for place in range(1, max(cells, default=0) + 1)]
    return rows
