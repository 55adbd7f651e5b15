"""Damages the source table in each way of the Pollock benchmark (HPI, PVLDB 2023), one way per file.

Each file comes with what a perfect reader would return. As in the benchmark, an added delimiter separates
nothing, a removed one still separates, and a stray quote is a character of its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.reading.source import HEADER, QUOTED, source_rows

#: How common each way is in the published survey; damaged rows share the rest.
WEIGHTS = {
    "source": 1,
    "no payload": 15,
    "no line end at the end": 184,
    "two line ends at the end": 5,
    "no header": 470,
    "header of 2 rows": 47,
    "header of 3 rows": 47,
    "lines above the header": 282,
    "second table, same": 62.7,
    "second table, more": 62.7,
    "second table, less": 62.7,
    "header only": 3,
    "one row": 4,
    "lines end with CR": 7,
    "lines end with LF": 1691,
    "delimiter tab": 4,
    "delimiter semicolon": 834,
    "delimiter space": 4,
    "delimiter comma and space": 101,
    "quote '": 11,
    "escape \\": 1,
    "no escape": 7,
}
ROWS_WEIGHT = 492.0


@dataclass(frozen=True)
class Polluted:
    """`rows` are the clean ones, the header (if any) first; `form` is what the benchmark tells a reader."""

    name: str
    kind: str
    content: str
    rows: list[list[str]]
    form: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Style:
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    line_end: str = "\r\n"

    def line(self, cells: Sequence[str], end: str | None = None) -> str:
        return self.delimiter.join(self.cells(cells)) + (self.line_end if end is None else end)

    def cells(self, cells: Sequence[str]) -> list[str]:
        return [self.cell(text, place in QUOTED) for place, text in enumerate(cells)]

    def cell(self, text: str, is_quoted: bool) -> str:
        # As in the source file: what needed quotes there has them in every style.
        if is_quoted or "," in text or '"' in text:
            return self.quote + text.replace('"', self.escape + '"' if self.escape else '"') + self.quote
        return text

    def form(self, header_lines: int = 1) -> dict[str, Any]:
        escape = "" if self.escape == self.quote else self.escape
        return {
            "delimiter": self.delimiter,
            "quote": self.quote,
            "escape": escape,
            "encoding": "ascii",
            "header_lines": header_lines,
        }


_PLAIN = _Style()


def polluted_files() -> Iterator[Polluted]:
    """All files, some 2,290."""
    rows = [list(HEADER), *source_rows()]
    yield from _whole(rows)
    yield from _styles(rows)
    for place in range(len(rows)):
        yield from _one_row(rows, place)


def _written(rows: Sequence[Sequence[str]], style: _Style = _PLAIN) -> str:
    return "".join(map(style.line, rows))


def _whole(rows: list[list[str]]) -> Iterator[Polluted]:
    header, *body = rows
    text, width = _written(rows), len(header)

    def file(kind: str, content: str, clean: list[list[str]], header_lines: int = 1) -> Polluted:
        return Polluted(kind, kind, content, clean, _PLAIN.form(header_lines))

    yield file("source", text, rows)
    yield file("no payload", "", [], 0)
    yield file("no line end at the end", text.removesuffix("\r\n"), rows)
    yield file("two line ends at the end", text + "\r\n", rows)
    yield file("no header", _written(body), body, 0)
    for count in (2, 3):
        names = [" ".join([name] * count) for name in header]
        yield file(f"header of {count} rows", _written([header] * count + body), [names, *body], count)
    above = _written([["PREAMBLE", *[""] * (width - 1)], [""] * width])
    yield file("lines above the header", above + text, rows)
    for kind, columns in (("same", width), ("more", width + 1), ("less", width - 1)):
        yield file(f"second table, {kind}", text + _second_table(rows[:83], columns), rows)
    yield file("header only", _written([header]), [header])
    yield file("one row", _written(rows[:2]), rows[:2])


def _second_table(rows: list[list[str]], columns: int) -> str:
    """The rows, rewritten: as published, a quote in a cell begins another cell, and cells are requoted."""
    lines = []
    for row in rows:
        cells = [part for cell in row for part in re.split('(?=")', cell)][: len(row)]
        cells = [*cells, "col1" if row is rows[0] else ""][:columns]
        doubled = [cell.replace('"', '""') for cell in cells]
        lines.append(",".join(f'"{cell}"' if cell.find(",") > 0 else cell for cell in doubled))
    return "".join(f"{line}\r\n" for line in lines)


def _styles(rows: list[list[str]]) -> Iterator[Polluted]:
    styles = {
        "lines end with LF": _Style(line_end="\n"),
        "lines end with CR": _Style(line_end="\r"),
        "delimiter semicolon": _Style(";"),
        "delimiter tab": _Style("\t"),
        "delimiter comma and space": _Style(", "),
        "delimiter space": _Style(" "),
        "quote '": _Style(quote="'"),
        "escape \\": _Style(escape="\\"),
        "no escape": _Style(escape=""),
    }
    for kind, style in styles.items():
        yield Polluted(kind, kind, _written(rows, style), rows, style.form())


def _one_row(rows: list[list[str]], place: int) -> Iterator[Polluted]:
    cells = _PLAIN.cells(rows[place])
    above, below = _written(rows[:place]), _written(rows[place + 1 :])

    def file(kind: str, name: str, line: str, clean: list[str] | None = None) -> Polluted:
        clean_rows = rows if clean is None else [*rows[:place], clean, *rows[place + 1 :]]
        return Polluted(f"{kind}, {name}", kind, f"{above}{line}\r\n{below}", clean_rows, _PLAIN.form())

    for column in range(len(cells)):
        name = f"row {place}, column {column}"
        more = [*cells[:column], "", *cells[column:]]
        yield file("delimiter added", name, ",".join(more))
        if column:
            less = [*cells[: column - 1], cells[column - 1] + cells[column], *cells[column + 1 :]]
            yield file("delimiter removed", name, ",".join(less))
        text = rows[place][column]
        quoted = _quote_added(cells[column])
        clean = [*rows[place][:column], f'"{text}', *rows[place][column + 1 :]]
        yield file("quote added", name, ",".join([*cells[:column], quoted, *cells[column + 1 :]]), clean)
    yield file("delimiter changed", f"row {place}", " ".join(cells))


def _quote_added(cell: str) -> str:
    """A quote before the cell's first character, inside the quotes if there are any."""
    return f'""{cell[1:]}' if cell.startswith('"') else f'"{cell}'


def weights(files: Sequence[Polluted]) -> list[float]:
    """Each file's weight."""
    damaged = sum(file.kind not in WEIGHTS for file in files)
    return [WEIGHTS.get(file.kind, ROWS_WEIGHT / max(damaged, 1)) for file in files]
