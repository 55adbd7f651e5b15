"""Files of made-up companies, as their programs export them: each in columns and a style of its own.

They have what real exports have: a name in Latin-1, days with the month first, cancellations, lines without a
customer, free lines, lines that are exactly alike and both real, prices in the product table.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from ingestion.sample.files import Files, Table
from ingestion.sample.wholesaler import write_wholesaler

_CENT = Decimal("0.01")
_SEED = 20260101

#: For each segment its share of the retailer's customers.
_SEGMENTS = {"Consumer": 52, "Corporate": 30, "Home Office": 18}
_GOODS = {
    ("Furniture", "Chairs"): ("Folding Chair", "Swivel Chair", "Café Chair"),
    ("Furniture", "Tables"): ("Round Table", "Conference Table", 'Desk, 48" wide'),
    ("Office Supplies", "Paper"): ("Copy Paper", "Note Cubes", "Memo Pads"),
    ("Office Supplies", "Binders"): ("Ring Binder", "View Binder", "Crème Index Tabs"),
    ("Technology", "Phones"): ("Desk Phone", "Headset", "Conference Phone"),
    ("Technology", "Accessories"): ("USB Drive", "Keyboard", "Track Ball"),
}
_PLACES = (
    ("New York City", "New York", "10024", "East"),
    ("Los Angeles", "California", "90036", "West"),
    ("Houston", "Texas", "77095", "Central"),
    ("Burlington", "Vermont", "05408", "East"),
    ("Jacksonville", "Florida", "32216", "South"),
)
_FIRST_NAMES = ("Zoë", "Ana", "Ben", "Carl", "Dora", "Ella", "Finn", "Gus")
_LAST_NAMES = ("Núñez", "Baker", "Cole", "Diaz", "Egan", "Ford", "Gray", "Hill")

#: For each country its share of the shop's invoices.
_COUNTRIES = {
    "United Kingdom": 900,
    "EIRE": 20,
    "Germany": 18,
    "France": 15,
    "Netherlands": 6,
    "Switzerland": 4,
    "Portugal": 3,
    "Channel Islands": 3,
    "USA": 2,
    "RSA": 1,
    "Unspecified": 2,
    "European Community": 1,
}


def write_company(name: str, folder: Path, rows: int | None = None) -> dict[Path, int]:
    """Write the files of one of `COMPANIES` into `folder`; returns the number of rows of each.

    The files appear together, complete. The same arguments give the same bytes.

    Args:
        rows: of sales, as near as whole orders come to it; by default as many as real ones have.
    """
    write, usual = COMPANIES[name]
    with Files(folder) as files:
        write(files, rows or usual, random.Random(_SEED))
    return files.rows


def _retailer(files: Files, rows: int, pick: random.Random) -> None:
    """Orders with a share as discount, and a profit but no cost."""
    table = files.table("orders.csv", _RETAILER, encoding="latin-1")
    products = list(_retail_products(pick))
    customers = [
        (f"C-{10000 + i}", f"{pick.choice(_FIRST_NAMES)} {pick.choice(_LAST_NAMES)}", _drawn(pick, _SEGMENTS))
        for i in range(793)
    ]
    for order in count(100000):
        day = date(2014, 1, 3) + timedelta(pick.randrange(1458))
        shipped = day + timedelta(pick.randrange(8))
        mode = pick.choice(("Standard Class", "Second Class", "First Class", "Same Day"))
        city, state, code, region = pick.choice(_PLACES)
        for code_of_product, category, kind, product, price in pick.choices(products, k=pick.randint(1, 5)):
            units, discount = pick.randint(1, 14), pick.choice((0, 0, Decimal("0.2"), Decimal("0.7")))
            sales = units * price * (1 - discount)
            profit = sales - units * price * Decimal("0.7")
            table.write(
                table.rows + 1,
                f"US-{day:%Y}-{order}",
                _american(day),
                _american(shipped),
                mode,
                *customers[order % len(customers)],
                "United States",
                city,
                state,
                code,
                region,
                code_of_product,
                category,
                kind,
                product,
                _short(sales, 4),
                units,
                discount,
                _short(profit, 4),
            )
            if table.rows == rows:
                return


def _retail_products(pick: random.Random) -> Iterator[tuple[str, str, str, str, Decimal]]:
    for (category, kind), names in _GOODS.items():
        for i in range(60):
            code = f"{category[:3].upper()}-{kind[:2].upper()}-{10000000 + 37 * i}"
            yield code, category, kind, f"{names[i % 3]} {i}", Decimal(pick.randint(199, 39999)) / 100


def _shop(files: Files, rows: int, pick: random.Random) -> None:
    """Invoices: cancellations under numbers with a C, adjustments, and no amounts, cost or currency."""
    table = files.table("invoices.csv", _SHOP)
    goods = [
        (
            f"{20000 + i}{pick.choice(('', '', '', 'A', 'B'))}",
            f"GLASS JAR {i}",
            Decimal(pick.randint(19, 1895)) / 100,
        )
        for i in range(4000)
    ]
    moment, number = datetime(2009, 12, 1, 7, 45), 489434
    while True:
        moment += timedelta(minutes=pick.randint(1, 30))
        number += 1
        customer = f"{pick.randint(12346, 18287)}.0" if pick.random() < 0.8 else ""
        is_cancelled, country = pick.random() < 0.02, _drawn(pick, _COUNTRIES)
        for code, name, price in pick.choices(goods, k=pick.randint(1, 40)):
            units = pick.choice((1, 1, 2, 3, 6, 12, 24, 144))
            is_free = pick.random() < 0.005
            line = (
                f"C{number}" if is_cancelled else number,
                code,
                "" if is_free else name,
                -units if is_cancelled or (is_free and units > 100) else units,
                moment,
                "0.0" if is_free else float(price),
                customer,
                country,
            )
            # scanned twice: two lines that are exactly alike
            for _ in range(2 if pick.random() < 0.01 else 1):
                table.write(*line)
                if table.rows == rows:
                    return
        if number % 9000 == 0:
            table.write(f"A{number}", "B", "Adjust bad debt", 1, moment, "-11062.06", "", "United Kingdom")
            if table.rows == rows:
                return


def _maker(files: Files, rows: int, pick: random.Random) -> None:
    """Yearly sales without amounts; prices and costs are in the product table."""
    _maker_tables(files, pick)
    order, years = 45080, {2015: 0.05, 2016: 0.43, 2017: 0.52}
    for year, share in years.items():
        table = files.table(f"AW_Sales_{year}.csv", _MAKER_SALES)
        while table.rows < rows * share:
            # the file is in the order of its days
            day = date(year, 1, 1) + timedelta(int(364 * table.rows / (rows * share)))
            order += 1
            customer, territory = pick.randint(11000, 29483), pick.randint(1, 10)
            for line, product in enumerate(pick.sample(range(214, 607), pick.choice((1, 1, 2, 3))), 1):
                stocked = day - timedelta(pick.randint(30, 200))
                days = (_american(day), _american(stocked))
                table.write(*days, f"SO{order}", product, customer, territory, line, pick.randint(1, 3))


def _maker_tables(files: Files, pick: random.Random) -> None:
    kinds = [(i, f"{('Helmets', 'Tires', 'Gloves')[i % 3]} {i}", i % 4 + 1) for i in range(1, 38)]
    products = files.table("AW_Products.csv", _MAKER_PRODUCTS)
    for key in range(214, 607):
        price = Decimal(pick.randint(229, 357827)) / 100
        cost = (price * Decimal("0.62")).quantize(Decimal("0.0001"))
        name = f"Model {key % 40}"
        words = (f"{name}, {key}", name, f"Light, {key} grams; fits all", pick.choice(("Red", "NA")))
        products.write(key, pick.randint(1, 37), f"HL-U{key}-R", *words, "0", "U", cost, price)
    _write(files.table("AW_Subcategories.csv", _MAKER_KINDS), kinds)
    _write(
        files.table("AW_Categories.csv", ("ProductCategoryKey", "CategoryName")),
        list(enumerate(("Bikes", "Components", "Clothing", "Accessories"), 1)),
    )
    _write(files.table("AW_Territories.csv", _MAKER_TERRITORIES), _TERRITORIES)
    customers = files.table("AW_Customers.csv", _MAKER_CUSTOMERS, encoding="latin-1")
    for key in range(11000, 29484):
        first, last = pick.choice(_FIRST_NAMES).upper(), pick.choice(_LAST_NAMES).upper()
        born = date(1940, 1, 1) + timedelta(pick.randrange(14000))
        income = f"${pick.randint(1, 17) * 10000:,} "
        person = (pick.choice(("MR.", "MRS.", "")), first, last, _american(born), pick.choice("MS"))
        mail = f"{first.lower()}{key}@maker.example"
        rest = (pick.choice("MF"), mail, income, pick.randint(0, 5), "Bachelors", "Manual", pick.choice("YN"))
        customers.write(key, *person, *rest)


def _write(table: Table, rows: list[tuple[object, ...]]) -> None:
    for row in rows:
        table.write(*row)


def _drawn(pick: random.Random, shares: dict[str, int]) -> str:
    return pick.choices(list(shares), list(shares.values()))[0]


def _american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _short(amount: Decimal, decimals: int) -> str:
    """Without zeros at the end, as spreadsheets write."""
    text = f"{amount:.{decimals}f}"
    return text.rstrip("0").rstrip(".")


_RETAILER = (
    *(
        "Row ID",
        "Order ID",
        "Order Date",
        "Ship Date",
        "Ship Mode",
        "Customer ID",
        "Customer Name",
        "Segment",
    ),
    *("Country", "City", "State", "Postal Code", "Region", "Product ID", "Category", "Sub-Category"),
    *("Product Name", "Sales", "Quantity", "Discount", "Profit"),
)
_SHOP = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")
_MAKER_SALES = (
    *("OrderDate", "StockDate", "OrderNumber", "ProductKey", "CustomerKey", "TerritoryKey"),
    *("OrderLineItem", "OrderQuantity"),
)
_MAKER_PRODUCTS = (
    *("ProductKey", "ProductSubcategoryKey", "ProductSKU", "ProductName", "ModelName", "ProductDescription"),
    *("ProductColor", "ProductSize", "ProductStyle", "ProductCost", "ProductPrice"),
)
_MAKER_KINDS = ("ProductSubcategoryKey", "SubcategoryName", "ProductCategoryKey")
_MAKER_TERRITORIES = ("SalesTerritoryKey", "Region", "Country", "Continent")
_MAKER_CUSTOMERS = (
    *("CustomerKey", "Prefix", "FirstName", "LastName", "BirthDate", "MaritalStatus", "Gender"),
    *("EmailAddress", "AnnualIncome", "TotalChildren", "EducationLevel", "Occupation", "HomeOwner"),
)
_TERRITORIES: list[tuple[object, ...]] = [
    (1, "Northwest", "United States", "North America"),
    (2, "Northeast", "United States", "North America"),
    (3, "Central", "United States", "North America"),
    (4, "Southwest", "United States", "North America"),
    (5, "Southeast", "United States", "North America"),
    (6, "Canada", "Canada", "North America"),
    (7, "France", "France", "Europe"),
    (8, "Germany", "Germany", "Europe"),
    (9, "Australia", "Australia", "Pacific"),
    (10, "United Kingdom", "United Kingdom", "Europe"),
]

#: For each company what writes its files, and how many lines of sales those have.
COMPANIES: dict[str, tuple[Callable[[Files, int, random.Random], None], int]] = {
    "retailer": (_retailer, 9_994),
    "shop": (_shop, 525_461),
    "maker": (_maker, 56_046),
    "wholesaler": (write_wholesaler, 60_000),
}
