"""Exports of made-up companies, whose programs each write sales in their own way."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path

_FIRST = date(2023, 1, 2)


def write(path: Path, header: str, rows: Iterable[Sequence[object]], delimiter: str = ",") -> Path:
    """A text file; `header` has commas between its columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header.split(","))
        writer.writerows(rows)
    return path


def shop_orders(folder: Path, orders: int = 60) -> Path:
    """A shop platform's lines: values of the order are only on its first line."""
    pick = random.Random(1)
    goods = [
        ("Mug", "M-1", Decimal("29.99")),
        ("Bowl, large", "B-2", Decimal("15.50")),
        ("Plate", "P-3", Decimal(9)),
    ]
    rows = []
    for number in range(orders):
        lines = [(pick.randint(1, 3), *pick.choice(goods)) for _ in range(pick.randint(1, 4))]
        total = sum(units * price for units, _, _, price in lines)
        for place, (units, name, code, price) in enumerate(lines):
            currency = ("EUR", "USD")[number % 2]
            of_order = [currency, total, "5.00", "0.00", total + 5, "0.00"] if place == 0 else [""] * 6
            moment = f"{_FIRST + timedelta(number)} 10:00:00 +0000"
            rows.append(
                [f"#{1001 + number}", f"a{number}@example.com", *of_order, moment, units, name, price, code]
            )
    header = (
        "Name,Email,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity"
        ",Lineitem name,Lineitem price,Lineitem sku"
    )
    return write(folder / "orders_export_1.csv", header, rows)


def erp_lines(folder: Path, lines: int = 200) -> Path:
    """An ERP's invoice lines in German: a discount in percent, decimal commas."""
    pick = random.Random(2)
    rows = []
    for i in range(lines):
        units, price, percent = (
            pick.randint(1, 40),
            Decimal(pick.randint(100, 20000)) / 100,
            pick.choice((0, 5, 10)),
        )
        net = (units * price * (100 - percent) / 100).quantize(Decimal("0.01"))
        day = _FIRST + timedelta(i)
        number = (f"R{2024000 + i // 3}", i % 3 + 1, f"{day:%d.%m.%Y}", f"K{1000 + i % 50}", "Österreich")
        goods = (f"A-{i % 20:03}", f"Schraube {i % 20}", "Befestigung")
        rows.append([*number, *goods, units, _german(price), percent, _german(net), "EUR"])
    header = (
        "Rechnungsnummer,Position,Rechnungsdatum,Kundennummer,Land,Artikelnummer,Artikelbezeichnung,Warengruppe"
        ",Menge,Einzelpreis,Rabatt %,Nettobetrag,Währung"
    )
    return write(folder / "Umsatz_2024.csv", header, rows, ";")


def records(folder: Path, lines: int = 200) -> Path:
    """Lines with everything that can be derived: price, cost, revenue and profit per unit and per line."""
    pick = random.Random(3)
    rows = []
    for i in range(lines):
        units, (price, cost) = (
            pick.randint(1, 999),
            pick.choice(((43720, 26333), (15406, 9093), (66827, 50254))),
        )
        day = _FIRST + timedelta(i)
        sums = [f"{units * each / 100:.2f}" for each in (price, cost, price - cost)]
        rows.append(["Europe", "Norway", "Baby Food", "Online", f"{day:%m/%d/%Y}", 600000000 + i, units])
        rows[-1] += [f"{price / 100:.2f}", f"{cost / 100:.2f}", *sums]
    header = (
        "Region,Country,Item Type,Sales Channel,Order Date,Order ID,Units Sold,Unit Price,Unit Cost"
        ",Total Revenue,Total Cost,Total Profit"
    )
    return write(folder / "Sales Records.csv", header, rows)


def till_receipts(folder: Path, lines: int = 200) -> Path:
    """A till's lines, whose totals include tax."""
    pick = random.Random(4)
    rows = []
    for i in range(lines):
        units, price = pick.randint(1, 9), Decimal(pick.randint(100, 9999)) / 100
        tax = (units * price / 20).quantize(Decimal("0.0001"))
        rows.append([f"T{i}", _FIRST + timedelta(i), "Tea", units, price, tax, units * price + tax])
    return write(folder / "till.csv", "Receipt No,Date,Item,Qty,Unit Price,VAT,Total", rows)


def half_hourly(folder: Path, header: str, days: Iterable[date], *, offsets: bool) -> Path:
    """A sale every half an hour of UTC from the day before each of `days` to the day after.

    Times are written with an offset, of UTC or an hour ahead of it, or in UTC without one.
    """
    rows = []
    for day in days:
        for i in range(3 * 48):
            moment = datetime.combine(day, time(), UTC) + timedelta(minutes=30 * (i - 48))
            ahead = moment.astimezone(timezone(timedelta(hours=1)))
            written = (ahead if i % 2 else moment).isoformat() if offsets else f"{moment:%Y-%m-%d %H:%M:%S}"
            rows.append([written, "Tea", f"{i % 7 + 1}.25"])
    return write(folder / "orders.csv", header, rows)


def bicycle_maker(folder: Path, lines: int = 300) -> list[Path]:
    """Yearly sales without amounts; products, categories, territories and customers have their own tables."""
    pick = random.Random(5)
    products = [
        [i, i % 5 + 1, f"SK-{i}", f"Helmet {i}", f"{i * 1.0861:.4f}", f"{i * 2.99:.4f}"]
        for i in range(200, 260)
    ]
    places = [[1, "Northwest", "United States"], [2, "France", "France"], [3, "Germany", "Germany"]]
    tables = {
        "AW_Products": (
            "ProductKey,ProductSubcategoryKey,ProductSKU,ProductName,ProductCost,ProductPrice",
            products,
        ),
        "AW_Subcategories": (
            "ProductSubcategoryKey,SubcategoryName,ProductCategoryKey",
            [[i, f"Sub {i}", i % 3 + 1] for i in range(1, 6)],
        ),
        "AW_Categories": ("ProductCategoryKey,CategoryName", [[1, "Bikes"], [2, "Parts"], [3, "Clothing"]]),
        "AW_Territories": ("SalesTerritoryKey,Region,Country", places),
        "AW_Customers": (
            "CustomerKey,FirstName,LastName,EmailAddress",
            [[i, "Jon", "Yang", f"jon{i}@example.com"] for i in range(11000, 11050)],
        ),
    }
    days = [date(2015, 1, 1) + timedelta(i) for i in range(700)]
    tables["AW_Calendar"] = ("Date", [[f"{day:%m/%d/%Y}"] for day in days])
    returns = [[f"{day:%m/%d/%Y}", 1, pick.randrange(200, 260), 1] for day in days[::30]]
    tables["AW_Returns"] = ("ReturnDate,TerritoryKey,ProductKey,ReturnQuantity", returns)
    paths = [write(folder / f"{name}.csv", *table) for name, table in tables.items()]
    for year in (2015, 2016):
        rows = []
        for i in range(lines):
            day = date(year, 1, 1) + timedelta(i)
            keys = (pick.randrange(200, 260), pick.randrange(11000, 11050), pick.randint(1, 3))
            rows.append([f"{day:%m/%d/%Y}", f"SO{year}{i // 3}", *keys, i % 3 + 1, pick.randint(1, 3)])
        header = "OrderDate,OrderNumber,ProductKey,CustomerKey,TerritoryKey,OrderLineItem,OrderQuantity"
        paths.append(write(folder / f"AW_Sales_{year}.csv", header, rows))
    return paths


def _german(amount: Decimal) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
