"""Merged cells of a sheet: what they mean in its rows and in its header."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from typing import NamedTuple

from ingestion.tabular.cells import Cell
from ingestion.tabular.table import Row


class Merged(NamedTuple):
    """A range of merged cells: rows from 1, columns from 0, the last ones included."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{_letters(self.left)}{self.top}:{_letters(self.right)}{self.bottom}"


def filled(rows: Iterable[Row], merged: Sequence[Merged], columns: Set[int]) -> Iterator[Row]:
    """The rows, with every merged cell of `columns` given the value of its range."""
    wanted = sorted(each for each in merged if not columns.isdisjoint(range(each.left, each.right + 1)))
    if not wanted:
        yield from rows
        return
    wanted.reverse()
    open_ranges: list[tuple[Merged, Cell]] = []
    for row in rows:
        while wanted and wanted[-1].top <= row.line:
            each = wanted.pop()
            if each.top == row.line and each.left < len(row.cells):
                open_ranges.append((each, row.cells[each.left]))
        open_ranges = [pair for pair in open_ranges if pair[0].bottom >= row.line]
        yield _with_values(row, open_ranges, columns) if open_ranges else row


def _with_values(row: Row, ranges: Iterable[tuple[Merged, Cell]], columns: Set[int]) -> Row:
    cells = list(row.cells)
    for each, value in ranges:
        for column in sorted(columns.intersection(range(each.left, each.right + 1))):
            cells += [""] * (column + 1 - len(cells))
            if cells[column] == "":
                cells[column] = value
    return row._replace(cells=cells)


def unfilled(merged: Iterable[Merged], columns: Set[int], first: int, width: int) -> dict[int, list[Merged]]:
    """The ranges from row `first` on by each column, below `width` and not of `columns`, that they empty."""
    found: defaultdict[int, list[Merged]] = defaultdict(list)
    for each in sorted(merged):
        if each.bottom >= first and (each.bottom > each.top or each.right > each.left):
            for column in range(each.left, min(each.right + 1, width)):
                is_emptied = column > each.left or each.bottom > max(each.top, first - 1)
                if is_emptied and column not in columns:
                    found[column].append(each)
    return dict(sorted(found.items()))


def upper_header(head: Sequence[Row], guess: int | None, merged: Iterable[Merged]) -> int | None:
    """The place in the head of the upper of two header rows, None where the header is one row.

    The upper row names groups of columns: it holds several texts, and merged cells with names below them.
    Without merged cells, the lower row must repeat names that the upper one tells apart. In a table of texts
    the first row may look like that too, so there the groups must be clear.
    """
    if guess is None:
        return None
    for at in (guess - 1, guess):
        if at < 0 or at + 2 >= len(head) or not _are_headers(*head[at : at + 2], merged):
            continue
        upper, lower, *below = head[at:]
        spans = _spans(upper, merged)
        if _has_other_types(lower, below, spans) or _are_clear_groups(upper, lower, spans):
            return at
    return None


def joined_header(upper: Row, lower: Row, merged: Iterable[Merged]) -> Row:
    """The lower row, each name with that of its group before it."""
    return Row(lower.line, _joined(upper, lower, _spans(upper, merged)))


def _are_headers(upper: Row, lower: Row, merged: Iterable[Merged]) -> bool:
    if lower.line != upper.line + 1 or sum(cell != "" for cell in upper.cells) < 2:
        return False
    if not all(isinstance(cell, str) for cell in lower.cells):
        return False
    spans = _spans(upper, merged)
    if spans:
        below = [lower.cells[left : right + 1] for left, right in spans]
        return all(cells and all(str(cell).strip() for cell in cells) for cells in below)
    groups = list(map(_named, upper.cells))
    if len(groups) >= len(lower.cells) and "" not in groups and len(set(groups)) == len(groups):
        # Each column has a name of its own.
        return False
    names = [name for name in map(_named, lower.cells) if name]
    joined = _joined(upper, lower, spans)
    return len(set(names)) < len(names) and len(set(joined)) == len(joined)


def _has_other_types(header: Row, rows: Sequence[Row], spans: Sequence[tuple[int, int]]) -> bool:
    """Whether columns of groups, or those with a repeated name, hold anything but texts."""
    names = [_named(cell) for cell in header.cells]
    columns = [column for left, right in spans for column in range(left, right + 1)] or [
        column for column, name in enumerate(names) if name and names.count(name) > 1
    ]
    return any(
        not isinstance(row.cells[column], str)
        for row in rows
        for column in columns
        if column < len(row.cells)
    )


def _are_clear_groups(upper: Row, lower: Row, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether only merged cells are above names, or, without merged cells, all groups hold the same names."""
    above, below = (list(map(_named, row.cells)) for row in (upper, lower))
    above += [""] * (len(below) - len(above))
    if spans:
        grouped = {column for left, right in spans for column in range(left, right + 1)}
        return not any(above[i] and name for i, name in enumerate(below) if i not in grouped)
    starts = [i for i, name in enumerate(above) if name]
    groups = [below[i:end] for i, end in zip(starts, [*starts[1:], len(below)], strict=True)]
    return len(groups) > 1 and len(groups[0]) > 1 and all(each == groups[0] for each in groups)


def _spans(upper: Row, merged: Iterable[Merged]) -> list[tuple[int, int]]:
    """First and last columns of the groups that merged cells form."""
    return sorted(
        (each.left, each.right)
        for each in merged
        if each.top == each.bottom == upper.line and each.right > each.left
    )


def _joined(upper: Row, lower: Row, spans: Sequence[tuple[int, int]]) -> list[Cell]:
    width = max(len(upper.cells), len(lower.cells))
    above = [*map(_named, upper.cells), *[""] * (width - len(upper.cells))]
    below = [*map(_named, lower.cells), *[""] * (width - len(lower.cells))]
    for left, right in spans:
        above[left : right + 1] = [above[left]] * (min(right + 1, width) - left)
    if not spans:
        for column in range(1, width):
            above[column] = above[column] or above[column - 1]
    return [f"{group} {name}".strip() for group, name in zip(above, below, strict=True)]


def _named(cell: Cell) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
