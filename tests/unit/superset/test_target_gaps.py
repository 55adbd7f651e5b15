"""Which cards ask for the gap to a target, and whether viewers may."""

import json

import chart_wall
import duckdb
import pytest
import target_gaps
from chart_wall import Dataset

from tradewind.definitions import read_marts

CARD = {"viz_type": "big_number", "metric": "target_attainment"}
BY_MONTH = {"metrics": ["target_attainment"], "columns": ["month"]}
IN_ALL = {"metrics": ["target_attainment"], "columns": []}
DATASET = Dataset(frozenset({"month"}), frozenset({"target_attainment", "target_gap"}))


def test_the_figure_of_the_whole_period_has_its_gap():
    gap = target_gaps.gap_of(CARD)
    both = {"metrics": ["target_attainment", "target_gap"], "columns": []}
    assert target_gaps.with_gap([BY_MONTH, IN_ALL], gap) == [BY_MONTH, both]


@pytest.mark.parametrize(
    "change", [{"metric": "total_sales"}, {"metric": {}}, {"viz_type": "table"}], ids=str
)
def test_other_charts_have_none(change):
    assert target_gaps.gap_of({**CARD, **change}) is None


@pytest.mark.parametrize(
    ("params", "is_open"),
    [(CARD, True), ({**CARD, "metric": "total_sales"}, False), ({**CARD, "viz_type": "table"}, False)],
    ids=str,
)
def test_viewers_of_such_a_card_may_ask_for_it(params, is_open):
    allowed = chart_wall.of_chart(json.dumps(params), 100)
    query = {"metrics": ["target_gap"], "columns": []}
    assert (chart_wall.fault(query, allowed, DATASET) is None) == is_open


def test_a_target_that_stands_once_is_compared_with_the_sales_of_all_sources():
    """As the share is, and in the line of the period, too."""
    metrics = read_marts()["mart_sales_trend"].metrics
    gap, share, line = (
        metrics[name].expression for name in ("target_gap", "target_attainment", "period_line")
    )
    rows = "(values (40, 50), (30, null), (null, null)) as rows (targeted_sales, sales_target)"
    with duckdb.connect() as connection:
        assert connection.execute(f"select {gap}, {share} from {rows}").fetchall() == [(20, 1.4)]
    assert gap in line
