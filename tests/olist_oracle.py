"""E-commerce figures computed from the published files, independently of the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from hashlib import md5
from pathlib import Path

import pandas as pd

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Olist:
    """The files as frames of texts, money as decimals, each line with its values from other files."""

    orders: pd.DataFrame
    items: pd.DataFrame
    payments: pd.DataFrame
    reviews: pd.DataFrame


def read_olist(folder: Path) -> Olist:
    """Read the files of a folder; keys are looked up one by one, so that nothing can multiply."""
    orders = _orders(folder)
    items = _table(folder, "order_items")
    categories = _table(folder, "products").set_index("product_id")["product_category_name"]
    items["category"] = items["product_id"].map(categories).replace("", UNKNOWN).fillna(UNKNOWN)
    _take_money(items, "price", "freight_value")
    payments = _take_money(_table(folder, "order_payments"), "payment_value")
    reviews = _table(folder, "order_reviews")
    reviews["review_score"] = reviews["review_score"].astype(int)

    for name, lines in {"items": items, "payments": payments, "reviews": reviews}.items():
        orders[name] = _per_order(orders, lines.groupby("order_id").size(), 0)
    for name, lines in {"price": items, "freight_value": items, "payment_value": payments}.items():
        orders[name] = _per_order(orders, lines.groupby("order_id")[name].sum(), Decimal(0))
    orders["review_score_sum"] = _per_order(orders, reviews.groupby("order_id")["review_score"].sum(), 0)
    by_category = items.groupby(["order_id", "category"])["price"].sum().reset_index()
    by_category = by_category.sort_values(["order_id", "price", "category"], ascending=[True, False, True])
    main = by_category.groupby("order_id")["category"].first()
    orders["main_category"] = _per_order(orders, main, UNKNOWN)
    for lines in (items, payments, reviews):
        for name in ("order_date", "state", "order_status", "main_category"):
            lines[name] = lines["order_id"].map(orders.set_index("order_id")[name])
    return Olist(orders, items, payments, reviews)


def _orders(folder: Path) -> pd.DataFrame:
    orders = _table(folder, "orders")
    customers = _table(folder, "customers").set_index("customer_id")
    orders["state"] = orders["customer_id"].map(customers["customer_state"]).str.lower()
    orders["person"] = orders["customer_id"].map(customers["customer_unique_id"])
    orders["customer_key"] = orders["person"].map(lambda name: md5(name.encode()).hexdigest())
    # the first ten characters of a time are its day
    orders["order_date"] = _days(orders["order_purchase_timestamp"])
    delivered = _days(orders["order_delivered_customer_date"])
    estimated = _days(orders["order_estimated_delivery_date"])
    orders["is_delivered"] = (orders["order_status"] == "delivered") & delivered.notna()
    orders["delivery_days"] = (delivered - orders["order_date"]).dt.days.where(orders["is_delivered"])
    orders["days_late"] = (delivered - estimated).dt.days.where(orders["is_delivered"])
    return orders


def _table(folder: Path, table: str) -> pd.DataFrame:
    (path,) = folder.glob(f"olist_{table}_dataset.csv*")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _days(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts.str[:10].replace("", None), format="%Y-%m-%d")


def _take_money(lines: pd.DataFrame, *names: str) -> pd.DataFrame:
    for name in names:
        lines[name] = lines[name].map(Decimal)
    return lines


def _per_order(orders: pd.DataFrame, totals: pd.Series, absent: object) -> pd.Series:
    found = totals.to_dict()
    return orders["order_id"].map(lambda order_id: found.get(order_id, absent))
