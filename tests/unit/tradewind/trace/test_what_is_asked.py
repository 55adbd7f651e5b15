"""What a person asks a trace for: metrics, periods, and sums that lines of files can add up to."""

from __future__ import annotations

from datetime import date

import pytest

from tradewind import definitions
from tradewind.trace.errors import TraceError
from tradewind.trace.routes import ROUTES, figures_called
from tradewind.trace.sums import Sum, depends_on_rows
from tradewind.trace.where import asked, fitting

MARTS = definitions.read_marts()


@pytest.mark.parametrize(
    ("condition", "first", "end"),
    [
        ("year=2014", date(2014, 1, 1), date(2015, 1, 1)),
        ("quarter=2014-Q4", date(2014, 10, 1), date(2015, 1, 1)),
        ("Quarter=2014 q1", date(2014, 1, 1), date(2014, 4, 1)),
        ("month=2014-12", date(2014, 12, 1), date(2015, 1, 1)),
        ("month=2014-02-01", date(2014, 2, 1), date(2014, 3, 1)),
        ("day=2014-02-28", date(2014, 2, 28), date(2014, 3, 1)),
    ],
)
def test_a_period_has_its_days(condition: str, first: date, end: date) -> None:
    ((period,),) = asked([condition]).periods.values()
    assert (period.first, period.end) == (first, end)


@pytest.mark.parametrize(
    "condition",
    [
        "month=2014",
        "day=2014-02-30",
        "quarter=2014-Q5",
        "year=",
        "=2014",
        "year=9999",
        "quarter=9999-Q4",
        "day=9999-12-31",
    ],
)
def test_what_is_no_period_is_refused(condition: str) -> None:
    with pytest.raises(TraceError, match="write it as"):
        asked([condition])


@pytest.mark.parametrize("mart", ["mart_sales_monthly", "mart_sales_daily"])
def test_every_metric_of_sales_can_be_traced(mart: str) -> None:
    for name in MARTS[mart].metrics:
        assert figures_called(name, MARTS, mart)[0].metric.name == name
    assert len(MARTS[mart].metrics) > 10


def test_the_mart_is_the_first_that_has_the_dimensions() -> None:
    def mart(name: str, *conditions: str) -> str:
        return fitting(figures_called(name, MARTS), asked(conditions)).mart.name

    assert mart("sales", "country=Canada", "month=2014-01") == "mart_sales_monthly"
    assert mart("Sales", "day=2014-01-05") == "mart_sales_daily"
    assert mart("gmv", "state=Bahia") == "mart_orders_monthly"
    assert mart("gmv", "seller=Seller 0015a8") == "mart_sellers_monthly"
    with pytest.raises(TraceError, match="no dimension 'seller' of mart_sales_monthly"):
        mart("sales", "seller=x")


@pytest.mark.parametrize(
    ("of", "columns", "depends"),
    [
        ("sales", ("sales",), False),
        ("late + on_time", ("late", "on_time"), False),
        ("case when status = 'canceled' then sales else 0 end", ("status", "sales"), False),
        ("sales * installments", ("sales", "installments"), False),
        ("case when sales > 0 then 1 else 0 end", ("sales",), True),
        ("case when late is not null then sales end", ("late", "sales"), True),
        ("sales * late", ("sales", "late"), True),
        ("1.0 / nullif(sales, 0)", ("sales",), True),
    ],
)
def test_conditions_and_products_of_measures_are_of_rows_of_marts(
    of: str, columns: tuple[str, ...], depends: bool
) -> None:
    assert depends_on_rows(Sum(of, columns), {"sales", "late", "on_time"}) is depends


def test_every_route_is_a_mart_with_the_measures_of_its_lines() -> None:
    for mart, routes in ROUTES.items():
        for lines in routes:
            assert lines.measures.keys() & set(MARTS[mart].columns), mart
