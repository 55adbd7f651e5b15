"""Histories from published files, and from any CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pandas as pd

from tradewind.insight.history import History, Level, history_of


def published(folder: Path) -> Iterator[tuple[str, History]]:
    """Name and history of each published data set that is in the folder."""
    sample = folder / "financial_sample" / "Financial Sample.xlsx"
    if sample.is_file():
        frame = pd.read_excel(sample, engine="calamine")
        frame.columns = frame.columns.str.strip()
        for figure in ("Sales", "Profit", "Units Sold"):
            levels = [(), ("Country",), ("Segment",), ("Product",), ("Country", "Segment")]
            yield f"Financial Sample, {figure.lower()}", _history(frame, "Date", figure, levels)
    orders = folder / "olist" / "sample_15000_orders"
    if orders.is_dir():
        frame = _olist(orders)
        yield "Olist, sales by state", _history(frame, "day", "price", [(), ("customer_state",)])


def from_csv(path: Path) -> tuple[str, History]:
    """A CSV whose first column is a date, whose last is a figure, and whose others are members.

    Levels are the total, each column, and all of them together.
    """
    frame = pd.read_csv(path)
    day, *columns, figure = frame.columns
    levels = [(), *combinations(columns, 1)]
    return path.name, _history(frame, day, figure, [*levels, tuple(columns)] if len(columns) > 1 else levels)


def _history(frame: pd.DataFrame, day: str, figure: str, levels: Sequence[Level]) -> History:
    months = pd.to_datetime(frame[day]).dt.to_period("M").dt.to_timestamp()
    frame = frame.assign(_month=months)
    figures = {}
    for level in levels:
        sums = frame.groupby(["_month", *level], dropna=False)[figure].sum()
        keys = sums.index if level else [(month,) for month in sums.index]
        figures[level] = [
            (month.date(), tuple(members), float(value))
            for (month, *members), value in zip(keys, sums, strict=True)
        ]
    return history_of(figures, months.max().date())


def _olist(folder: Path) -> pd.DataFrame:
    """Price, day and state of each item of an order; whole months only."""
    orders = pd.read_csv(folder / "olist_orders_dataset.csv.gz")
    items = pd.read_csv(folder / "olist_order_items_dataset.csv.gz")
    customers = pd.read_csv(folder / "olist_customers_dataset.csv.gz")
    frame = items.merge(orders, on="order_id").merge(customers, on="customer_id")
    frame["day"] = pd.to_datetime(frame["order_purchase_timestamp"])
    # before and after there are single orders
    return frame[(frame["day"] >= "2017-01-01") & (frame["day"] < "2018-09-01")]
