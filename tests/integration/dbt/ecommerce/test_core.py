"""The published Olist sample through loader, staging and core: correct to the centavo, order by order."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from tests.olist_oracle import Olist, read_olist

STATUSES = {
    "delivered": 14_552,
    "shipped": 159,
    "canceled": 113,
    "unavailable": 89,
    "invoiced": 49,
    "processing": 37,
    "approved": 1,
}
FIGURES = {
    "count(*)": "15000",
    "sum(price)": "2030270.94",
    "sum(freight_value)": "340292.67",
    "sum(payment_value)": "2397904.56",
    "sum(items)": "17071",
    "sum(payments)": "15733",
    "sum(reviews)": "14944",
    # orders with items; with payments
    "round(sum(items) * 1.0 / sum(case when items > 0 then 1 end), 4)": "1.1469",
    "round(sum(payment_value) / sum(case when payments > 0 then 1 end), 2)": "159.87",
    "round(sum(review_score_sum) * 1.0 / sum(reviews), 4)": "4.0841",
    "round(sum(case when is_on_time then 100.0 end) / sum(case when is_delivered then 1 end), 2)": "93.42",
    "sum(case when customer_state_key = 'sp' then price + freight_value end)": "896688.34",
}
ROWS = {
    "fct_orders": 15_000,
    "fct_order_items": 17_071,
    "fct_payments": 15_733,
    "fct_reviews": 14_944,
    # members in the files, and the unknown member
    "dim_customer": 14_904 + 1,
    "dim_seller": 1_904 + 1,
    "dim_product_category": 72 + 1,
    "dim_state": 27 + 1,
    "dim_payment_type": 5 + 1,
}


@pytest.fixture(scope="module")
def olist(sample_orders) -> Olist:
    return read_olist(sample_orders)


@pytest.fixture(scope="module")
def core(ask):
    """Query `core`, which executives do not see."""
    return lambda query: ask(query, role="transformer")


@pytest.mark.parametrize(("table", "rows"), ROWS.items())
def test_row_counts(core, table, rows):
    assert core(f"select count(*) from core.{table}") == [(rows,)]


@pytest.mark.parametrize(("expression", "figure"), FIGURES.items())
def test_published_figures(core, expression, figure):
    assert core(f"select {expression} from core.fct_orders") == [(Decimal(figure),)]


def test_statuses(core):
    assert dict(core("select order_status, count(*) from core.fct_orders group by 1")) == STATUSES


def test_shares_of_credit_cards(core):
    assert core(
        "select round(100.0 * sum(case when payment_type = 'Credit card' then 1 end) / count(*), 2), round("
        "100 * sum(case when payment_type = 'Credit card' then payment_value end) / sum(payment_value), 2)"
        " from core.fct_payments join core.dim_payment_type using (payment_type_key)"
    ) == [(Decimal("73.93"), Decimal("77.60"))]


def test_a_category_and_a_state_by_their_names(core):
    assert core(
        "select sum(price) from core.fct_order_items join core.dim_product_category using (category_key)"
        " where category = 'Health beauty'"
    ) == [(Decimal("190205.60"),)]
    assert core(
        "select sum(price + freight_value) from core.fct_order_items as items"
        " join core.dim_state as states on items.customer_state_key = states.state_key"
        " where state = 'São Paulo' and iso_code = 'BR-SP'"
    ) == [(Decimal("896688.34"),)]


def test_every_order_equals_an_independent_sum(core, olist):
    orders = olist.orders
    columns = {
        "order_id": "order_id",
        "to_char(order_date, 'YYYY-MM-DD')": "day",
        "order_status": "order_status",
        "customer_key": "customer_key",
        "customer_state_key": "state",
        "main_category_key": "main_category",
        "is_delivered": "is_delivered",
        "delivery_days": "delivery_days",
        "days_late": "days_late",
        "is_on_time": "is_on_time",
        "items": "items",
        "price": "price",
        "freight_value": "freight_value",
        "payments": "payments",
        "payment_value": "payment_value",
        "reviews": "reviews",
        "review_score_sum": "review_score_sum",
    }
    orders["day"] = orders["order_date"].dt.strftime("%Y-%m-%d")
    orders["is_on_time"] = (orders["days_late"] <= 0).where(orders["is_delivered"])
    expected = orders[list(columns.values())].astype(object)
    expected = expected.where(expected.notna(), None)
    found = core(f"select {', '.join(columns)} from core.fct_orders")
    assert len(found) == len(expected)
    assert set(found) == set(expected.itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("fact", "frame", "columns"),
    [
        (
            "fct_order_items",
            "items",
            {
                "category_key": "category",
                "seller_key": "seller_id",
                "price": "price",
                "freight_value": "freight_value",
            },
        ),
        (
            "fct_payments",
            "payments",
            {
                "main_category_key": "main_category",
                "payment_type_key": "payment_type",
                "installments::text": "payment_installments",
                "payment_value": "payment_value",
            },
        ),
        ("fct_reviews", "reviews", {"review_id": "review_id", "review_score": "review_score"}),
    ],
)
def test_every_line_has_the_attributes_of_its_order(core, olist, fact, frame, columns):
    lines = getattr(olist, frame)
    lines["day"] = lines["order_date"].dt.strftime("%Y-%m-%d")
    columns = {"order_id": "order_id", "to_char(order_date, 'YYYY-MM-DD')": "day", **columns}
    if fact != "fct_reviews":
        columns |= {"customer_state_key": "state", "order_status": "order_status"}
    expected = lines[list(columns.values())].itertuples(index=False, name=None)
    found = core(f"select {', '.join(columns)} from core.{fact}")
    assert sorted(found) == sorted(expected)


def test_every_persons_state_is_that_of_the_latest_order(core, olist):
    orders = olist.orders.sort_values(["order_purchase_timestamp", "order_id"])
    persons = orders.groupby("customer_key").agg(
        state=("state", "last"), first_order=("order_id", "first"), orders=("order_id", "size")
    )
    assert (persons["orders"] > 1).sum() == 93
    expected = set(persons[["state", "first_order"]].itertuples(name=None))
    found = core(
        "select customer_key, state_key, first_order_id from core.dim_customer where state_key <> 'unknown'"
    )
    assert set(found) == expected
    assert core("select * from core.dim_customer where state_key = 'unknown'") == [
        ("unknown", "unknown", None, None)
    ]


def test_a_row_of_a_fact_leads_back_to_its_file(core, sample_orders):
    file_name, line, order_id, value = core(
        "select file_name, file_line, order_id, payment_value from core.fct_payments"
        " join ops.loads using (load_id) where file_line = 7"
    )[0]
    assert file_name == "olist_order_payments_dataset.csv"
    row = (sample_orders / file_name).read_text().splitlines()[line - 1].split(",")
    assert (row[0], Decimal(row[-1])) == (order_id, value)


def test_customers_texts_stay_out_of_core(core):
    texts = core("select max(comment_message) from staging.stg_olist__order_reviews")
    assert texts[0][0]
    columns = core("select column_name from information_schema.columns where table_schema = 'core'")
    assert not [name for (name,) in columns if "comment" in name or name in {"city", "zip_code_prefix"}]


def test_frames_are_complete(olist):
    """The oracle itself has lost nothing."""
    assert isinstance(olist.orders, pd.DataFrame)
    assert olist.orders["price"].sum() == olist.items["price"].sum() == Decimal("2030270.94")
    assert olist.orders["payment_value"].sum() == olist.payments["payment_value"].sum()
