"""Steps keep the order of batches, and hold as many rows as they may."""

from datetime import date

from tradewind.backfill.file import Days
from tradewind.backfill.plan import Batch, in_steps


def batch(number: int, rows: int, *spans: tuple[date, date]) -> Batch:
    return Batch("sales.transactions", number, 1, rows, spans)


def test_steps():
    batches = [batch(number, rows) for number, rows in enumerate((4, 6, 1, 30, 2, 8))]
    steps = [[each.rows for each in step] for step in in_steps(batches, 10)]
    assert steps == [[4, 6], [1], [30], [2, 8]]
    assert in_steps([], 10) == []


def test_days_reach_the_batches_that_have_some_of_them():
    march = batch(1, 1, (date(2014, 3, 1), date(2014, 3, 2)), (date(2014, 3, 30), date(2014, 3, 31)))
    for first, last, is_reached in ((2, 2, True), (3, 29, False), (3, 30, True), (31, 31, True)):
        assert march.has_days_of(Days(date(2014, 3, first), date(2014, 3, last))) is is_reached
    assert not march.has_days_of(Days(date(2014, 4, 1), date(2014, 4, 30)))
