"""The published Olist sample in the e-commerce marts: every cell, and the metrics as defined."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from tests.olist_oracle import read_olist

PLACES = {"state", "state_code", "iso_code", "region", "category"}
MARTS = {
    "mart_orders_daily",
    "mart_orders_monthly",
    "mart_order_items_monthly",
    "mart_payments_monthly",
    "mart_ecommerce_trend",
    "mart_customer_cohorts",
    "mart_customer_segments",
    "mart_sellers_monthly",
}
# mart, metric, filter, figure with as many decimals as published
FIGURES = [
    ("mart_orders_monthly", "gmv", "true", "2030270.94"),
    ("mart_orders_monthly", "freight", "true", "340292.67"),
    ("mart_orders_monthly", "payment_value", "true", "2397904.56"),
    ("mart_orders_monthly", "orders", "order_status = 'delivered'", "14552"),
    ("mart_orders_monthly", "orders", "order_status = 'canceled'", "113"),
    ("mart_orders_monthly", "cancellation_rate", "true", "0.0075"),
    ("mart_orders_monthly", "items_per_order", "true", "1.1469"),
    ("mart_orders_monthly", "order_value_paid", "true", "159.87"),
    ("mart_orders_monthly", "average_review", "true", "4.0841"),
    ("mart_orders_monthly", "on_time_rate", "true", "0.9342"),
    ("mart_orders_monthly", "revenue", "state_code = 'SP'", "896688.34"),
    ("mart_orders_daily", "gmv", "true", "2030270.94"),
    ("mart_orders_daily", "average_review", "true", "4.0841"),
    ("mart_orders_daily", "on_time_rate", "true", "0.9342"),
    ("mart_order_items_monthly", "gmv", "true", "2030270.94"),
    ("mart_order_items_monthly", "gmv", "category = 'Health beauty'", "190205.60"),
    ("mart_order_items_monthly", "revenue", "state_code = 'SP'", "896688.34"),
    ("mart_payments_monthly", "payment_value", "true", "2397904.56"),
    ("mart_payments_monthly", "payments", "true", "15733"),
    ("mart_payments_monthly", "credit_card_share", "true", "0.7393"),
    ("mart_payments_monthly", "credit_card_value_share", "true", "0.7760"),
    ("mart_sellers_monthly", "gmv", "true", "2030270.94"),
    ("mart_sellers_monthly", "sellers", "true", "1904"),
    ("mart_ecommerce_trend", "gmv", "true", "2030270.94"),
    ("mart_ecommerce_trend", "orders", "true", "15000"),
    ("mart_customer_cohorts", "cohort_customers", "true", "14904"),
    ("mart_customer_cohorts", "orders", "true", "15000"),
    ("mart_customer_segments", "customers", "true", "14904"),
    ("mart_customer_segments", "revenue", "true", "2370563.61"),
]
# a state and a category: each alone, both, and neither
FILTERS = {
    "true": lambda _: True,
    "state_code = 'RJ'": lambda order: order.place == "RJ",
    "category = 'Bed bath table'": lambda order: order.label == "Bed bath table",
    "state_code = 'RJ' and category = 'Bed bath table'": lambda order: (
        order.place == "RJ" and order.label == "Bed bath table"
    ),
}
GROWTH = {"revenue": "revenue", "gmv": "price", "orders": "one", "returning_orders": "is_later"}


@pytest.fixture(scope="module")
def metrics(warehouse, dbt_state):
    """Expression of each metric by mart and name, only from the definitions."""
    manifest = json.loads((dbt_state / "dbt" / "manifest.json").read_text())
    return {
        (name, metric["name"]): metric["expression"]
        for name in MARTS
        for metric in manifest["nodes"][f"model.tradewind.{name}"]["config"]["meta"]["superset"]["metrics"]
    }


@pytest.fixture(scope="module")
def files(sample_orders):
    """The files with readable categories, two-letter states, and what each order adds to each measure."""
    olist = read_olist(sample_orders)
    names = pd.read_csv(sample_orders / "product_category_name_translation.csv", dtype=str, index_col=0)
    english = names["product_category_name_english"].to_dict()

    def label(name: str) -> str:
        text = english.get(name, name).replace("_", " ")
        return text[0].upper() + text[1:]

    for frame in (olist.orders, olist.items, olist.payments):
        frame["label"] = frame["main_category"].map(label)
        frame["place"] = frame["state"].str.upper()
        frame["day"] = frame["order_date"].dt.date
        frame["month"] = frame["day"].map(lambda day: day.replace(day=1))
    olist.items["item_label"] = olist.items["category"].map(label)
    sellers = pd.read_csv(sample_orders / "olist_sellers_dataset.csv", dtype=str, index_col="seller_id")
    olist.items["seller_place"] = olist.items["seller_id"].map(sellers["seller_state"])

    orders = olist.orders.sort_values(["order_purchase_timestamp", "order_id"])
    orders["is_first"] = ~orders.duplicated("person")
    late = orders["days_late"].fillna(0).clip(lower=0).astype(int)
    orders["one"] = 1
    orders["revenue"] = orders["price"] + orders["freight_value"]
    orders["has_items"] = (orders["items"] > 0).astype(int)
    orders["is_paid"] = (orders["payments"] > 0).astype(int)
    orders["was_delivered"] = orders["is_delivered"].astype(int)
    orders["is_late"] = (late > 0).astype(int)
    orders["is_on_time"] = orders["was_delivered"] - orders["is_late"]
    orders["late_days"] = late
    orders["days"] = orders["delivery_days"].fillna(0).astype(int)
    orders["is_later"] = (~orders["is_first"]).astype(int)
    orders["is_new"] = orders["is_first"].astype(int)
    olist.items["revenue"] = olist.items["price"] + olist.items["freight_value"]
    olist.items["one"] = olist.payments["one"] = 1
    olist.payments["installments"] = olist.payments["payment_installments"].astype(int)
    olist.payments["type"] = olist.payments["payment_type"].str.replace("_", " ").str.capitalize()
    return {"orders": orders, "items": olist.items, "payments": olist.payments}


ORDER_MEASURES = {
    "orders": "one",
    "orders_with_items": "has_items",
    "paid_orders": "is_paid",
    "items": "items",
    "price": "price",
    "freight_value": "freight_value",
    "revenue": "revenue",
    "payments": "payments",
    "payment_value": "payment_value",
    "delivered_orders": "was_delivered",
    "on_time_orders": "is_on_time",
    "late_orders": "is_late",
    "late_days": "late_days",
    "delivery_days": "days",
    "reviews": "reviews",
    "review_score_sum": "review_score_sum",
    "new_customer_orders": "is_new",
    "returning_customer_orders": "is_later",
}
ITEM_MEASURES = {name: name for name in ("price", "freight_value", "revenue")} | {"items": "one"}
ORDER_CELL = {"state_code": "place", "category": "label", "order_status": "order_status"}
# mart: file, columns of its grain, measures; each with its name in the files' frames
CELLS = {
    "mart_orders_daily": ("orders", {"day": "day", "month": "month", **ORDER_CELL}, ORDER_MEASURES),
    "mart_orders_monthly": ("orders", {"month": "month", **ORDER_CELL}, ORDER_MEASURES),
    "mart_order_items_monthly": (
        "items",
        {"month": "month", **ORDER_CELL, "category": "item_label"},
        ITEM_MEASURES,
    ),
    "mart_payments_monthly": (
        "payments",
        {"month": "month", **ORDER_CELL, "payment_type": "type", "installments": "installments"},
        {"payments": "one", "payment_value": "payment_value"},
    ),
    "mart_sellers_monthly": (
        "items",
        {
            "month": "month",
            "seller_key": "seller_id",
            "state_code": "seller_place",
            "category": "item_label",
            "order_status": "order_status",
        },
        ITEM_MEASURES,
    ),
}


def add_up(rows) -> dict[tuple, tuple]:
    """Rows of (cell, values), added up by cell."""
    cells: dict[tuple, list] = {}
    for cell, values in rows:
        sums = cells.setdefault(cell, [0] * len(values))
        for place, value in enumerate(values):
            sums[place] += value
    return {cell: tuple(sums) for cell, sums in cells.items()}


def later(month: date, months: int) -> date:
    """The month a number of months later, or earlier."""
    place = month.year * 12 + month.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def months_from(first: date, last: date) -> list[date]:
    months = [first]
    while months[-1] < last:
        months.append(later(months[-1], 1))
    return months


@pytest.mark.parametrize(("mart", "metric", "where", "figure"), FIGURES)
def test_published_figures_by_the_metrics_own_expressions(ask, metrics, mart, metric, where, figure):
    places = max(-Decimal(figure).as_tuple().exponent, 0)
    query = f"select round({metrics[mart, metric]}, {places}) from marts.{mart} where {where}"
    assert ask(query) == [(Decimal(figure),)]


def test_every_metric_has_a_value(ask, metrics):
    assert len(metrics) > 60
    for (mart, name), expression in metrics.items():
        ((value,),) = ask(f"select {expression} from marts.{mart}")
        assert value is not None, (mart, name)


def test_every_mart_can_be_filtered_by_place_and_category(ask):
    found = defaultdict(set)
    for mart, column in ask(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
    ):
        found[mart].add(column)
    assert {mart for mart in MARTS if found[mart] >= PLACES} == MARTS


def test_states_have_names_and_regions(ask):
    rows = ask("select distinct state, state_code, iso_code, region from marts.mart_orders_monthly")
    assert len(rows) == 27
    assert ("São Paulo", "SP", "BR-SP", "Southeast") in rows


@pytest.mark.parametrize("mart", CELLS)
def test_every_cell_equals_an_independent_sum(ask, files, mart):
    file, grain, measures = CELLS[mart]
    frame = files[file]
    expected = add_up(
        zip(
            frame[[*grain.values()]].itertuples(index=False, name=None),
            frame[[*measures.values()]].itertuples(index=False, name=None),
            strict=True,
        )
    )
    rows = ask(f"select {', '.join([*grain, *measures])} from marts.{mart}")
    found = {row[: len(grain)]: row[len(grain) :] for row in rows}
    assert len(rows) == len(found)
    assert found == expected


def test_the_trend_has_every_month_and_the_periods_before(ask, files):
    names = ["orders", "price", "revenue", "new_customer_orders", "returning_customer_orders"]
    orders = files["orders"]
    totals = add_up(
        zip(
            orders[["month", "place", "label"]].itertuples(index=False, name=None),
            orders[[ORDER_MEASURES[name] for name in names]].itertuples(index=False, name=None),
            strict=True,
        )
    )
    months = months_from(orders["month"].min(), orders["month"].max())
    nothing = (0,) * len(names)

    def at(month, cell):
        return (None,) * len(names) if month < months[0] else totals.get((month, *cell), nothing)

    expected = {
        (month, *cell): at(month, cell) + at(later(month, -1), cell) + at(later(month, -12), cell)
        for cell in {key[1:] for key in totals}
        for month in months
    }
    columns = [*names, *(f"{name}_previous_{period}" for period in ("month", "year") for name in names)]
    found = ask(f"select month, state_code, category, {', '.join(columns)} from marts.mart_ecommerce_trend")
    assert len(found) == len(expected) > 20_000
    assert {row[:3]: row[3:] for row in found} == expected


def test_months_of_stray_orders_are_not_compared(ask):
    # 48 orders before 2017 and 3 after August 2018, where an average month has 625
    columns = "month, is_comparable_month, is_comparable_year"
    marks = ask(f"select distinct {columns} from marts.mart_ecommerce_trend")
    by_month = months_from(date(2017, 2, 1), date(2018, 8, 1))
    by_year = months_from(date(2018, 1, 1), date(2018, 8, 1))
    months = months_from(date(2016, 9, 1), date(2018, 10, 1))
    assert sorted(marks) == [(month, month in by_month, month in by_year) for month in months]


@pytest.mark.parametrize("where", FILTERS)
@pytest.mark.parametrize("name", GROWTH)
def test_growth_is_right_under_every_filter(ask, metrics, files, where, name):
    chosen = files["orders"]
    months = months_from(chosen["month"].min(), chosen["month"].max())
    totals = defaultdict(Decimal)
    for order in chosen.itertuples():
        if FILTERS[where](order):
            totals[order.month] += getattr(order, GROWTH[name])
    for period, step in {"month": -1, "year": -12}.items():
        expression = f"round({metrics['mart_ecommerce_trend', f'{name}_growth_{period}']}, 9)"
        source = f"from marts.mart_ecommerce_trend where {where}"
        pairs = {month: totals[later(month, step)] for month in months if later(month, step) >= months[0]}
        growth = {
            month: round(totals[month] / pairs[month] - 1, 9) if pairs.get(month) else None
            for month in months
        }
        assert dict(ask(f"select month, {expression} {source} group by month")) == growth
        # over all months: those without an earlier month are in neither sum
        whole = round(sum(totals[month] for month in pairs) / sum(pairs.values()) - 1, 9)
        assert ask(f"select {expression} {source}") == [(whole,)]


@pytest.fixture(scope="module")
def persons(files):
    """Orders of each person, the first one first, and the state of the latest one."""
    found = defaultdict(list)
    for order in files["orders"].itertuples():
        found[order.person].append(order)
    return [(orders, orders[0].label, orders[-1].place) for orders in found.values()]


def test_every_cohort(ask, files, persons):
    sizes, active = [], []
    for orders, category, state in persons:
        cell = orders[0].month, state, category
        sizes.append((cell, (1,)))
        by_month = add_up(((order.month,), (1, order.revenue)) for order in orders)
        active += [((*cell, month), (1, *values)) for (month,), values in by_month.items()]
    active = add_up(active)
    last = files["orders"]["month"].max()
    expected = {
        (*cell, month, age): (*size, *active.get((*cell, month), (0, 0, 0)))
        for cell, size in add_up(sizes).items()
        for age, month in enumerate(months_from(cell[0], last))
    }
    found = ask(
        "select cohort_month, state_code, category, month, months_since_first_order,"
        " cohort_customers, customers, orders, revenue from marts.mart_customer_cohorts"
    )
    assert len(found) == len(expected)
    assert {row[:5]: row[5:] for row in found} == expected


def test_retention_leaves_out_cohorts_that_are_too_young(ask, metrics, files, persons):
    last = files["orders"]["month"].max()
    base, back = defaultdict(int), defaultdict(int)
    for orders, *_ in persons:
        ages = {month: age for age, month in enumerate(months_from(orders[0].month, last))}
        for age in ages.values():
            base[age] += 1
        for month in {order.month for order in orders}:
            back[ages[month]] += 1
    expected = {age: round(Decimal(back[age]) / base[age], 9) for age in base}
    assert expected[0] == 1
    expression = metrics["mart_customer_cohorts", "retention_rate"]
    query = (
        f"select months_since_first_order, round({expression}, 9) from marts.mart_customer_cohorts group by 1"
    )
    assert dict(ask(query)) == expected


def test_every_segment(ask, files, persons):
    last = files["orders"]["day"].max()

    def segment(days: int, orders: int, revenue: Decimal) -> str:
        loyal, valuable = orders >= 2, revenue >= 300
        if days <= 180:
            if loyal:
                return "Champions" if valuable else "Loyal"
            if valuable:
                return "Big spenders"
            return "New" if days <= 90 else "Promising"
        if days <= 365:
            return "At risk" if loyal or valuable else "Hibernating"
        return "Lost"

    rows = []
    for orders, category, state in persons:
        days = (last - orders[-1].day).days
        revenue = sum(order.revenue for order in orders)
        cell = segment(days, len(orders), revenue), state, category
        rows.append((cell, (1, int(len(orders) > 1), len(orders), revenue, days)))
    found = ask(
        "select customer_segment, state_code, category, customers, repeat_customers, orders, revenue,"
        " recency_days from marts.mart_customer_segments"
    )
    assert {row[0] for row in found} == {
        "Champions",
        "Loyal",
        "Big spenders",
        "New",
        "Promising",
        "At risk",
        "Hibernating",
        "Lost",
    }
    assert {row[:3]: row[3:] for row in found} == add_up(rows)
