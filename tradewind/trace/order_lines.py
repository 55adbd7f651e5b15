"""Lines of e-commerce: orders, their items, payments and reviews, each with what it adds to the marts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from psycopg import sql

from tradewind.settings import Settings
from tradewind.trace.lines import Cells, Lines


def _common(source: str, lines: str, placed: str) -> str:
    """Columns that all lines have; day, place and status are those of the rows called `placed`."""
    return f"""
    {placed}.order_date as day,
    cast(date_trunc('month', {placed}.order_date) as date) as month,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    {placed}.order_status,
    cast(null as text) as currency,
    cast(null as numeric) as rate,
    '{source}' as source,
    {lines}.load_id,
    {lines}.file_line"""


#: Place and category of an order, which its items, payments and reviews count for as well.
_PLACED = """
left join core.dim_state as states on orders.customer_state_key = states.state_key
left join core.dim_product_category as categories on orders.main_category_key = categories.category_key
"""

_ORDERS = f"""
select
    {_common("olist.orders", "orders", "orders")},
    1 as orders,
    case when exists (
        select from core.fct_order_items as items where items.order_id = orders.order_id
    ) then 1 else 0 end as orders_with_items,
    case when exists (
        select from core.fct_payments as payments where payments.order_id = orders.order_id
    ) then 1 else 0 end as paid_orders,
    case when orders.is_delivered then 1 else 0 end as delivered_orders,
    case when orders.is_on_time then 1 else 0 end as on_time_orders,
    case when not orders.is_on_time then 1 else 0 end as late_orders,
    case when not orders.is_on_time then coalesce(orders.days_late, 0) else 0 end as late_days,
    case when orders.is_delivered then coalesce(orders.delivery_days, 0) else 0 end as delivery_days,
    case when customers.first_order_id = orders.order_id then 1 else 0 end as new_customer_orders,
    case when customers.first_order_id <> orders.order_id then 1 else 0 end as returning_customer_orders
from core.fct_orders as orders
{_PLACED}
left join core.dim_customer as customers on orders.customer_key = customers.customer_key
"""

_ITEMS_OF_ORDERS = f"""
select
    {_common("olist.order_items", "items", "orders")},
    1 as items,
    items.price,
    items.freight_value,
    coalesce(items.price, 0) + coalesce(items.freight_value, 0) as revenue
from core.fct_order_items as items
inner join core.fct_orders as orders on items.order_id = orders.order_id
{_PLACED}
"""

_PAYMENTS_OF_ORDERS = f"""
select
    {_common("olist.order_payments", "payments", "orders")},
    1 as payments,
    payments.payment_value
from core.fct_payments as payments
inner join core.fct_orders as orders on payments.order_id = orders.order_id
{_PLACED}
"""

#: With payments whose order is not known.
_PAYMENTS = f"""
select
    {_common("olist.order_payments", "payments", "payments")},
    types.payment_type,
    payments.installments,
    1 as payments,
    payments.payment_value
from core.fct_payments as payments
left join core.dim_state as states on payments.customer_state_key = states.state_key
left join core.dim_product_category as categories on payments.main_category_key = categories.category_key
left join core.dim_payment_type as types on payments.payment_type_key = types.payment_type_key
"""

_REVIEWS = f"""
select
    {_common("olist.order_reviews", "reviews", "orders")},
    1 as reviews,
    reviews.review_score as review_score_sum
from staging.stg_olist__order_reviews as reviews
inner join core.fct_orders as orders on reviews.order_id = orders.order_id
{_PLACED}
"""


def _items(states: str, seller: str = "") -> str:
    """Items by the place of their customer or their seller, as the joins of `states` say."""
    return f"""
select
    {_common("olist.order_items", "items", "items")},
    {seller}
    1 as items,
    items.price,
    items.freight_value,
    items.price + items.freight_value as revenue
from core.fct_order_items as items
left join core.dim_product_category as categories on items.category_key = categories.category_key
{states}
"""


_PLACES = frozenset(["day", "month", "state", "state_code", "iso_code", "region", "category", "order_status"])

_PRICE_AND_FREIGHT = {
    "items": None,
    "price": "price",
    "freight_value": "freight_value",
    "revenue": "revenue",
}


def _fixed(query: str) -> Callable[[Settings], sql.Composable]:
    return lambda _: sql.SQL(query)


def _of(cells: Mapping[str, Cells]) -> Callable[[str, str], Cells]:
    return lambda _source, figure: cells[figure]


def _lines(
    fact: str,
    query: str,
    measures: Mapping[str, str | None],
    cells: Mapping[str, Cells],
    more: str = "",
) -> Lines:
    """Lines whose figures the fact has under their own names."""
    names = ", ".join(f"lines.{name} as of_line_{name}" for name in cells)
    whole = f"select lines.*{', ' + names if names else ''} from ({query}) as lines"
    return Lines(fact, _fixed(whole), _PLACES | frozenset(more.split()), measures, _of(cells))


_PRICE = {
    "price": Cells(("price",), "price"),
    "freight_value": Cells(("freight_value",), "freight_value"),
    "revenue": Cells(("freight_value", "price"), "coalesce(price, 0) + coalesce(freight_value, 0)"),
}

_TIMES = ("order_delivered_customer_date", "order_estimated_delivery_date", "order_purchase_timestamp")

ORDERS = _lines(
    "core.fct_orders",
    _ORDERS,
    {
        **dict.fromkeys(
            [
                "orders",
                "orders_with_items",
                "paid_orders",
                "delivered_orders",
                "on_time_orders",
                "late_orders",
                "new_customer_orders",
                "returning_customer_orders",
            ]
        ),
        "late_days": "late_days",
        "delivery_days": "delivery_days",
    },
    {
        name: Cells(_TIMES, why="days between the times of these cells: taken from the fact, not recomputed")
        for name in ("late_days", "delivery_days")
    },
)
ITEMS_OF_ORDERS = _lines("core.fct_order_items", _ITEMS_OF_ORDERS, _PRICE_AND_FREIGHT, _PRICE)
_PAID = {"payments": None, "payment_value": "payment_value"}
_PAYMENT = {"payment_value": Cells(("payment_value",), "payment_value")}

PAYMENTS_OF_ORDERS = _lines("core.fct_payments", _PAYMENTS_OF_ORDERS, _PAID, _PAYMENT)
PAYMENTS = _lines("core.fct_payments", _PAYMENTS, _PAID, _PAYMENT, "payment_type installments")
REVIEWS = _lines(
    "staging.stg_olist__order_reviews",
    _REVIEWS,
    {"reviews": None, "review_score_sum": "review_score_sum"},
    {"review_score_sum": Cells(("review_score",), "review_score")},
)

#: What marts of orders add up.
OF_ORDERS = [ORDERS, ITEMS_OF_ORDERS, PAYMENTS_OF_ORDERS, REVIEWS]

ITEMS = _lines(
    "core.fct_order_items",
    _items("left join core.dim_state as states on items.customer_state_key = states.state_key"),
    _PRICE_AND_FREIGHT,
    _PRICE,
)
ITEMS_OF_SELLERS = _lines(
    "core.fct_order_items",
    _items(
        "left join core.dim_seller as sellers on items.seller_key = sellers.seller_key"
        " left join core.dim_state as states on sellers.state_key = states.state_key",
        seller="sellers.seller_key,"
        " case when sellers.seller_key = 'unknown' then 'Unknown'"
        " else 'Seller ' || left(sellers.seller_key, 6) end as seller,",
    ),
    _PRICE_AND_FREIGHT,
    _PRICE,
    "seller_key seller",
)
