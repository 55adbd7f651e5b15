"""Finds headers that `guess_header` misses: of several rows, and above tables of fewer columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingestion.readers.text.dialects import guess_header, kind_of
from ingestion.tabular.table import Row

_YEARS = range(1900, 2100)


def header_rows(head: Sequence[Row], guess: int) -> tuple[int, int]:
    """The places in `head` of the first row of the header, and of the row after it; `guess` is in between.

    Rows above it belong to it if they name columns that it leaves without a name, or groups of columns in
    which its names recur; so do rows below that do the same for it. Merged cells are exported like this.
    """
    start, end = guess, guess + 1
    if head[guess].fault:
        return start, end
    while (above := _with_values(head, range(start - 1, -1, -1))) is not None:
        if not _names_groups(head[above].cells, _names(head[start:end])):
            break
        start = above
    while (below := _with_values(head, range(end, len(head)))) is not None:
        if not _names_parts(head[below].cells, _names(head[start:end]), head[below + 1 :]):
            break
        end = below + 1
    return start, end


def first_header(head: Sequence[Row], guess: int) -> int:
    """The place of the first header, which is not the guessed one if most of the head is above that.

    The rows there are the first of several tables, with fewer columns. And a row that leaves columns without
    a name is not a header if a blank line follows, and then a row with all names.
    """
    if 2 * guess <= len(head):
        below = _with_values(head, range(guess + 1, len(head)))
        return guess if below is None or not _is_title(head[guess], head[below]) else below
    above = head[:guess]
    edge = max((at for row in above for at, cell in enumerate(row.cells, 1) if cell.strip()), default=0)
    earlier = guess_header([row._replace(cells=row.cells[:edge]) for row in above])
    return guess if earlier is None else earlier


def _is_title(row: Row, below: Row) -> bool:
    is_apart = below.line > row.line + 1 and (row.raw or b"").strip().count(b"\n") == 0
    is_full = all(kind_of(cell) == "text" and cell.strip() for cell in below.cells)
    return is_apart and is_full and len(row.cells) == len(below.cells) and not all(map(str.strip, row.cells))


def _with_values(head: Sequence[Row], places: Iterable[int]) -> int | None:
    """The first of the places with a row that is not empty; None if there is none, or if it is broken."""
    place = next((i for i in places if head[i].fault or any(map(str.strip, head[i].cells))), None)
    return None if place is None or head[place].fault else place


def _names(header: Sequence[Row]) -> list[str]:
    """The names in the header so far, as many as in its widest row; the lowest one of each column."""
    names = [""] * max(len(row.cells) for row in header)
    for row in header:
        for at, cell in enumerate(row.cells):
            names[at] = cell.strip() or names[at]
    return names


def _names_groups(upper: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row names groups of the columns with these names."""
    filled = [at for at, cell in enumerate(upper) if cell.strip()]
    if len(upper) != len(names) or len(filled) < 2 or not all(_may_be_name(upper[at]) for at in filled):
        return False
    groups = [
        [name for name in names[start:end] if name]
        for start, end in zip(filled, [*filled[1:], len(names)], strict=True)
    ]
    if not any(len(group) > 1 for group in groups):
        return False
    if any(not names[at] for at in filled):
        return True
    inside = [name for group in groups for name in group]
    return len(set(inside)) < len(inside) and all(len(set(group)) == len(group) for group in groups)


def _names_parts(lower: Sequence[str], names: Sequence[str], rows: Sequence[Row]) -> bool:
    """Whether a row names the parts of groups that have one name above it."""
    filled = [at for at, cell in enumerate(lower) if cell.strip()]
    if len(lower) != len(names) or not any(not names[at] for at in filled):
        return False
    for at in filled:
        is_group = not names[at] or (at + 1 in filled and not names[at + 1])
        if not is_group or kind_of(lower[at]) != "text":
            return False
    columns = [[row.cells[at] for row in rows if at < len(row.cells) and row.cells[at]] for at in filled]
    return any(len(column) > 1 for column in columns) and all(map(_holds_few_texts, columns))


def _holds_few_texts(column: Sequence[str]) -> bool:
    return 2 * sum(kind_of(cell) == "text" for cell in column) <= len(column)


def _may_be_name(cell: str) -> bool:
    text = cell.strip()
    return kind_of(text) == "text" or (text.isdecimal() and int(text) in _YEARS)
