"""Orders without customers and items, payments without orders: nothing is lost, but there is a warning."""

from __future__ import annotations

from decimal import Decimal

import pytest


@pytest.fixture(scope="module")
def core(ask):
    return lambda query: ask(query, role="transformer")


@pytest.fixture(scope="module", autouse=True)
def built(sample_orders, published_data, take, build):
    """The sample's orders and the complete payments, products and sellers."""
    take(sample_orders / "olist_orders_dataset.csv.gz")
    for path in (published_data / "olist" / "full_tables").iterdir():
        take(path)
    outcome = build()
    assert outcome.returncode == 0, outcome.stdout
    # payments without orders, and orders without customers
    assert " 2 warnings" in outcome.stdout.splitlines()[-1]


def test_payments_without_orders_are_kept(core):
    assert core("select count(*), sum(payment_value) from core.fct_payments") == [
        (103_886, Decimal("16008872.12"))
    ]
    assert core(
        "select count(*), count(distinct order_date), min(order_date)::text, min(order_status),"
        " max(customer_state_key) from core.fct_payments where not exists"
        " (select 1 from core.fct_orders where fct_orders.order_id = fct_payments.order_id)"
    ) == [(103_886 - 15_733, 1, "1990-01-01", "unknown", "unknown")]


def test_orders_without_customers_and_items_are_kept(core):
    assert core(
        "select count(*), sum(payment_value), sum(items), min(customer_key), max(customer_key),"
        " max(customer_state_key), max(main_category_key) from core.fct_orders"
    ) == [(15_000, Decimal("2397904.56"), 0, "unknown", "unknown", "unknown", "unknown")]


def test_later_files_complete_them(core, sample_orders, take, build):
    for path in sample_orders.iterdir():
        if "orders" not in path.name and "order_payments" not in path.name and "sellers" not in path.name:
            take(path)
    outcome = build()
    assert outcome.returncode == 0, outcome.stdout
    # payments without orders are still there, but the warning came when they were new
    assert " 0 warnings" in outcome.stdout.splitlines()[-1]
    assert core(
        "select sum(price), sum(freight_value), sum(payment_value),"
        " sum(case when customer_state_key = 'sp' then price + freight_value end),"
        " sum(case when customer_key = 'unknown' then 1 else 0 end) from core.fct_orders"
    ) == [(Decimal("2030270.94"), Decimal("340292.67"), Decimal("2397904.56"), Decimal("896688.34"), 0)]
    assert core("select count(*) from core.fct_order_items where seller_key = 'unknown'") == [(0,)]
    assert core("select count(*) from core.dim_seller") == [(3_095 + 1,)]
