"""A row that is damaged at random is loaded unchanged, or refused; its neighbours are loaded."""

from __future__ import annotations

from benchmarks.reading.damage import DAMAGES, run


def test_no_damaged_row_is_loaded_with_wrong_values() -> None:
    """`python -m benchmarks.reading.damage` does the same with 100,000 rows."""
    tally = run(1_500, seed=20240101)
    assert tally.wrong == {}, tally.examples
    assert tally.lost == 0
    assert {*tally.right, *tally.refused} == set(DAMAGES)
