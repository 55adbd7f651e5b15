"""Figures of e-commerce are traced to lines of the published files, whose cells add up to them exactly."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from tests.integration.dbt.traced import cells_add_up, random_cells, traced
from tradewind import definitions
from tradewind.trace.errors import TraceError
from tradewind.trace.routes import ROUTES, figures_called

#: Metric of a mart, the dimensions to choose from, and the headers of its cells.
FIGURES = [
    ("mart_orders_monthly", "revenue", ["state", "category"], ["price", "freight_value"]),
    ("mart_orders_daily", "gmv", ["state_code", "order_status"], ["price"]),
    ("mart_order_items_monthly", "freight", ["category", "state"], ["freight_value"]),
    ("mart_payments_monthly", "payment_value", ["payment_type", "installments"], ["payment_value"]),
    ("mart_sellers_monthly", "revenue", ["seller", "category"], ["price", "freight_value"]),
]


@pytest.mark.parametrize(("mart", "metric", "dimensions", "headers"), FIGURES)
def test_random_cells_are_the_sums_of_the_lines_that_their_traces_name(
    ask, warehouse, mart, metric, dimensions, headers
):
    chance = random.Random(mart)
    day = "day" if mart.endswith("daily") else "month"
    names = [day, *dimensions]
    rows = ask(f"select distinct {', '.join(names)} from marts.{mart}")
    expression = definitions.read_marts()[mart].metrics[metric].expression
    for when, *values in random_cells(chance, rows, 4):
        conditions = [f"{name}={value}" for name, value in zip(dimensions, values, strict=True)]
        period = f"day={when}" if day == "day" else f"month={when:%Y-%m}"
        found = traced(warehouse, metric, period, *conditions, mart=mart)
        where = " and ".join(
            f"{name}::text = '{value}'" for name, value in zip(names, [when, *values], strict=True)
        )
        ((shown,),) = ask(f"select {expression} from marts.{mart} where {where}")
        cells = sum(cells_add_up(found, header, Decimal) for header in headers)
        assert found.trace.adds_up
        assert shown == found.trace.value == found.trace.traced == cells


def test_ratios_are_traced_to_the_lines_of_several_files(ask, warehouse):
    found = traced(
        warehouse, "order_value", "state=Rio de Janeiro", "month=2018-03", mart="mart_orders_monthly"
    )
    revenue, orders = found.trace.sums
    assert found.trace.adds_up
    assert {load.source for load, _ in found.lines_of(str(revenue.sum))} == {"olist.order_items"}
    assert {load.source for load, _ in found.lines_of(str(orders.sum))} == {"olist.orders"}
    ((value,),) = ask(
        "select sum(revenue) / sum(orders_with_items) from marts.mart_orders_monthly"
        " where state = 'Rio de Janeiro' and month = '2018-03-01'"
    )
    assert found.trace.traced == value


@pytest.mark.parametrize(
    ("mart", "metrics"),
    [
        (
            "mart_orders_monthly",
            "cancellation_rate on_time_rate average_days_late average_delivery_days average_review"
            " returning_order_share order_value_paid",
        ),
        ("mart_payments_monthly", "credit_card_value_share average_installments"),
    ],
)
def test_delivery_reviews_customers_and_payments_add_up_too(warehouse, mart, metrics):
    for name in metrics.split():
        found = traced(warehouse, name, "month=2017-05", "state_code=SP", mart=mart).trace
        assert found.adds_up and found.value == found.traced, name


def test_all_metrics_of_marts_of_orders_can_be_traced():
    known = definitions.read_marts()
    wanted = {(mart, metric) for mart in ROUTES if "_order" in mart for metric in known[mart].metrics}
    assert len(wanted) > 40
    for mart, metric in wanted:
        assert figures_called(metric, known, mart)[0].metric.name == metric


def test_a_count_of_different_sellers_is_not_a_sum():
    with pytest.raises(TraceError, match="COUNT"):
        figures_called("sellers", definitions.read_marts())
