"""Breaks rows of the files to load: one in two hundred, the same ones on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.support.random_sales import draft_of

#: One row in so many is broken: 0.5 %.
BROKEN_EVERY = 200

#: Line of the first row, below the header.
FIRST_LINE = 2

_FIRST_BROKEN = 137


def broken_file(clean: Path) -> Path:
    """The same file with broken rows spread over it, in five ways; created if it is not there."""
    path = clean.with_stem(f"{clean.stem}-broken")
    if not path.exists():
        with draft_of(path) as draft, clean.open("rb") as source, draft.open("wb") as target:
            target.writelines(_with_faults(source))
    return path


def broken_lines(rows: int) -> list[int]:
    """The lines of the broken rows, in a file of `rows` rows."""
    return [i + FIRST_LINE for i in range(_FIRST_BROKEN, rows, BROKEN_EVERY)]


def break_row(row: bytes, way: int) -> bytes:
    """A row of the file, without its line end, broken in one of the five ways."""
    cells = row.split(b",")
    match way % 5:
        case 0:
            cells.append(b"one too many")
        case 1:
            cells.pop()
        case 2:
            cells[2] = b'Carre"tera'
        case 3:
            cells[4] = b"12x.50"
        case 4:
            cells[2] = b"Carretera\xff"
    return b",".join(cells)


def _with_faults(lines: Iterator[bytes]) -> Iterator[bytes]:
    yield next(lines)
    for i, line in enumerate(lines):
        if i % BROKEN_EVERY == _FIRST_BROKEN:
            yield break_row(line.rstrip(b"\n"), i // BROKEN_EVERY) + b"\n"
        else:
            yield line
