"""Figures computed from the published files, independently of the warehouse: with pandas and decimals."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd

MEASURES = {
    "Units Sold": "units_sold",
    "Gross Sales": "gross_sales",
    "Discounts": "discounts",
    "Sales": "sales",
    "COGS": "cogs",
    "Profit": "profit",
}


def read_published(path: Path) -> pd.DataFrame:
    """The Financial Sample, as CSV or workbook, with measures as decimals and the date's month."""
    if path.suffix == ".csv":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        parse_date = "%d/%m/%Y"
    else:
        frame = pd.read_excel(path, engine="calamine", keep_default_na=False)
        parse_date = None
    frame.columns = frame.columns.str.strip()
    frame["month"] = (
        pd.to_datetime(frame["Date"], format=parse_date).dt.to_period("M").dt.to_timestamp().dt.date
    )
    for text in ("Segment", "Country", "Product", "Discount Band"):
        frame[text] = frame[text].str.strip()
    for header, name in MEASURES.items():
        frame[name] = frame[header].map(_decimal)
    return frame.replace({"Country": {"United States of America": "USA"}})


def _decimal(value: object) -> Decimal:
    text = str(value).strip().replace("$", "").replace(",", "").strip()
    if text == "-":
        return Decimal(0)
    if text.startswith("("):
        text = "-" + text.strip("()")
    # a workbook holds binary numbers: the cell shows 772.80, but the file holds 772.8000000000001
    return Decimal(text).quantize(Decimal("0.0001"))
