"""The score of the Pollock benchmark, and one that it lacks: rows that were loaded with wrong values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

#: Success, and precision, recall and F1 of header, records and cells.
MOST = 10.0


@dataclass(frozen=True)
class Score:
    """`measure` is from 0 to 10. Rows are those below the header; the `wrong` ones are not in the table."""

    measure: float
    rows_right: int
    rows_wrong: int
    rows_missing: int


FAILED = Score(0.0, 0, 0, 0)


def score(clean: Sequence[Sequence[str]], loaded: Sequence[Sequence[str]]) -> Score:
    """How well the loaded rows, the header first, match the clean ones."""
    if not clean:
        return Score(MOST, 0, len(loaded), 0)
    measure = 1.0 + _three(clean[0], loaded[0] if loaded else [])
    # As published: cells of a record are joined without a separator.
    measure += _three(["".join(row) for row in clean[1:]], ["".join(row) for row in loaded[1:]])
    measure += _three([cell for row in clean for cell in row], [cell for row in loaded for cell in row])
    right, left = Counter(map(tuple, clean[1:])), Counter(map(tuple, loaded[1:]))
    # A row that is in the table more than once, as in a second table, is not wrong.
    wrong = sum(count for row, count in left.items() if row not in right)
    return Score(measure, (right & left).total(), wrong, (right - left).total())


def _three(clean: Sequence[Hashable], loaded: Sequence[Hashable]) -> float:
    if not clean:
        return 3.0
    common = (Counter(clean) & Counter(loaded)).total()
    if not common:
        return 0.0
    first, second = common / len(clean), common / len(loaded)
    return first + second + 2 * first * second / (first + second)
