"""Files as other companies' programs write them; all of it is invented."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.unit.ingestion.builders import DATE_STYLE, write_workbook

_NAMES = ("Tamara Chand", "Sean Miller", "Raymond Buch", "Ken Lonsdale", "Hunter Lopez", "Zoë O'Carroll")
_CITIES = (
    ("Springfield", "Virginia", "22153"),
    ("Dover", "Delaware", "19901"),
    ("Boston", "Massachusetts", "02138"),
)
_GOODS = (
    ("FUR-BO-10001798", "Furniture", "Bookcases", 'Bush "Somerset" Bookcase, 30" wide'),
    ("OFF-LA-10000240", "Office Supplies", "Labels", "Self-Adhesive Labels, for Typewriters"),
    ("TEC-PH-10002275", "Technology", "Phones", "Mitel 5320 IP Phone; VoIP"),
)
_DAY = date(2016, 1, 3)
_INVOICE = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"


def _text(rows: Iterable[Sequence[object]], delimiter: str = ",", **options: object) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", **options).writerows(rows)
    return text.getvalue()


def _cells(header: str) -> list[str]:
    return header.split(",")


def retailer_orders(folder: Path) -> Path:
    """A retailer's order lines: the month first, codes with leading zeros, money to four decimals."""
    pick = random.Random(1)
    header = (
        "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,Country,City,State"
        ",Postal Code,Region,Product ID,Category,Sub-Category,Product Name,Sales,Quantity,Discount,Profit"
    )
    rows = [header.split(",")]
    for i in range(1, 121):
        day = _DAY + timedelta(pick.randrange(1400))
        sent = day + timedelta(pick.randrange(8))
        name, (city, state, code), goods = pick.choice(_NAMES), pick.choice(_CITIES), pick.choice(_GOODS)
        rows.append(
            [
                i,
                f"CA-{day.year}-{152156 + i // 3}",
                f"{day.month}/{day.day}/{day.year}",
                f"{sent.month}/{sent.day}/{sent.year}",
                pick.choice(("Second Class", "Standard Class", "Same Day")),
                f"{name[:2].upper()}-{12520 + _NAMES.index(name)}",
                name,
                pick.choice(("Consumer", "Corporate", "Home Office")),
                "United States",
                city,
                state,
                code,
                "South",
                *goods,
                round(pick.uniform(1, 900), pick.choice((2, 3, 4))),
                pick.randrange(1, 14),
                pick.choice((0, 0.2, 0.45)),
                round(pick.uniform(-300, 300), 4),
            ]
        )
    path = folder / "superstore_orders.csv"
    path.write_bytes(_text(rows).encode("cp1252"))
    return path


def shop_invoices(folder: Path) -> Path:
    """An online shop's invoice lines: returns have a C before their number, many lines have no customer."""
    pick = random.Random(2)
    rows = [_cells(_INVOICE)]
    for i in range(150):
        moment = datetime(2009, 12, 1, 7, 45) + timedelta(minutes=37 * (i // 5))
        is_return = i % 17 == 0
        rows.append(
            [
                f"{'C' if is_return else ''}{489434 + i // 5}",
                pick.choice(("85048", "79323P", "POST", "22041", "gift_0001_20")),
                pick.choice(
                    (
                        "15CM CHRISTMAS GLASS BALL 20 LIGHTS",
                        " WHITE CHERRY LIGHTS",
                        "",
                        'RECORD FRAME 7" SINGLE',
                    )
                ),
                -pick.randrange(1, 9) if is_return else pick.randrange(1, 200),
                moment.strftime("%Y-%m-%d %H:%M:%S"),
                pick.choice(("6.95", "0.0", "2.1", "-53594.36")),
                pick.choice(("13085.0", "", "12346.0")),
                pick.choice(("United Kingdom", "EIRE", "Unspecified")),
            ]
        )
    path = folder / "online_retail_II.csv"
    path.write_text(_text(rows), encoding="utf-8-sig")
    return path


def shop_invoices_workbook(folder: Path) -> Path:
    """The same as a workbook with one sheet per year, in which some codes are numbers."""
    pick = random.Random(3)
    sheets = {}
    for year in (2009, 2010):
        rows: list[Sequence] = [
            _cells("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country")
        ]
        for i in range(40):
            moment = (datetime(year, 12, 1) - datetime(1899, 12, 30)).days + 0.25 + i / 100
            code = pick.choice((85048.0, "79323P", 22041.0, "POST"))
            number = float(489434 + i // 4) if i % 9 else f"C{489434 + i}"
            rows.append(
                [
                    number,
                    code,
                    "LIGHTS",
                    float(pick.randrange(1, 50)),
                    (moment, DATE_STYLE),
                    6.95,
                    13085.0,
                    "EIRE",
                ]
            )
        sheets[f"Year {year}-{year + 1}"] = dict(enumerate(rows, 1))
    return write_workbook(folder / "online_retail_II.xlsx", sheets)


def bicycle_sales(folder: Path) -> Path:
    """A bicycle maker's sales: keys everywhere, money to four decimals, no quotes, a pipe between cells."""
    pick = random.Random(4)
    header = (
        "ProductKey|OrderDateKey|CustomerKey|PromotionKey|CurrencyKey|SalesTerritoryKey|SalesOrderNumber"
        "|SalesOrderLineNumber|RevisionNumber|OrderQuantity|UnitPrice|UnitPriceDiscountPct|DiscountAmount"
        "|TotalProductCost|SalesAmount|TaxAmt|Freight|CarrierTrackingNumber|CustomerPONumber|OrderDate"
    )
    rows = [header.split("|")]
    for i in range(1, 101):
        day = date(2010, 12, 29) + timedelta(i)
        rows.append(
            [
                pick.randrange(310, 350),
                f"{day:%Y%m%d}",
                pick.randrange(11000, 11999),
                1,
                pick.choice((6, 19, 39, 100)),
                pick.randrange(1, 11),
                f"SO{43697 + i}",
                1,
                1,
                1,
                pick.choice(("3578.27", "699.0982", "3399.99")),
                0,
                0,
                "2171.2942",
                pick.choice(("3578.27", "699.0982", "3399.99")),
                "286.2616",
                "89.4568",
                "",
                "",
                f"{day:%Y-%m-%d} 00:00:00.000",
            ]
        )
    path = folder / "FactInternetSales.csv"
    path.write_bytes(_text(rows, "|").encode("utf-16"))
    return path


def crm_customers(folder: Path) -> Path:
    """A CRM's customers, with everything it knows about them."""
    pick = random.Random(5)
    header = (
        "CustomerKey;FirstName;MaritalStatus;Gender;EmailAddress;YearlyIncome;TotalChildren;EnglishEducation"
        ";EnglishOccupation;HouseOwnerFlag;AddressLine1;City;PostalCode;Phone;BirthDate;DateFirstPurchase"
        ";Account Manager"
    )
    rows = [header.split(";")]
    for i in range(60):
        city, _, code = pick.choice(_CITIES)
        rows.append(
            [
                11000 + i,
                pick.choice(("Jon", "Zoë", "Ruben")),
                pick.choice("MS"),
                pick.choice("MF"),
                f"person{i}@example.org",
                pick.choice(("90000", "60000")),
                pick.randrange(6),
                pick.choice(("Bachelors", "Partial College")),
                pick.choice(("Professional", "Manual")),
                pick.randrange(2),
                f"{pick.randrange(1, 99)} N. Grove St.",
                city,
                code,
                "1 (11) 500 555-0162",
                "08.04.1966",
                "22.07.2011",
                pick.choice(_NAMES),
            ]
        )
    path = folder / "crm_export.csv"
    path.write_text(_text(rows, ";", quoting=csv.QUOTE_ALL), encoding="utf-8")
    return path


def bank_statement(folder: Path) -> Path:
    """A bank statement: lines above the header, German figures and dates with two-digit years."""
    lines = [
        '"Kontonummer:";"DE89370400440532013000 / Girokonto"',
        '"Von:";"01.03.2024"',
        "",
        '"Buchungstag";"Wertstellung";"Buchungstext";"Auftraggeber / Beg\u00fcnstigter";"Verwendungszweck"'
        ';"Betrag (EUR)";"Saldo nach Buchung"',
    ]
    for i in range(1, 29):
        lines.append(
            f'"{i:02}.03.24";"{i:02}.03.24";"\u00dcberweisung"'
            f';"M\u00fcller & S\u00f6hne";"RE {1000 + i}; Danke"'
            f';"-{i}.234,{i:02}";"{9 - i % 9}.000,00"'
        )
    path = folder / "Umsaetze_2024-03.csv"
    path.write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))
    return path


def psp_payouts(folder: Path) -> Path:
    """A payment provider's balance: timestamps with an offset, flags, empty amounts, JSON in a cell."""
    pick = random.Random(6)
    rows = [_cells("id,Created (UTC),Amount,Fee,Net,Currency,Type,Is Refund,Customer Email,metadata")]
    for i in range(50):
        amount = pick.randrange(500, 99000)
        rows.append(
            [
                f"txn_{i:014x}",
                f"2024-03-{i % 28 + 1:02} 10:{i:02}:00+0000",
                f"{amount / 100:.2f}",
                f"{amount // 30 / 100:.2f}" if i % 7 else "",
                f"{amount / 100:.2f}",
                pick.choice(("eur", "usd")),
                pick.choice(("charge", "payout")),
                pick.choice(("true", "false")),
                f"buyer{i}@example.org",
                f'{{"order": "A,{i}"}}',
            ]
        )
    path = folder / "balance_history.csv"
    path.write_text(_text(rows), encoding="utf-8")
    return path


def sap_lines(folder: Path) -> Path:
    """Order items as SAP exports them with tabs: trailing minus, items in tens, leading zeros."""
    rows = [_cells("VBELN,POSNR,MATNR,KWMENG,MEINS,NETWR,WAERK,ERDAT")]
    for i in range(80):
        net = f"{i + 1}.{i % 10}00,{i % 100:02}"
        rows.append(
            [
                f"{60000 + i // 2:010}",
                f"{10 * (i % 2 + 1):06}",
                f"MAT-{i % 7:04}",
                f"{i + 1},000",
                "ST",
                f"{net}-" if i % 11 == 5 else net,
                "EUR",
                f"{i % 28 + 1:02}.{i % 12 + 1:02}.2024",
            ]
        )
    path = folder / "VBAP.txt"
    path.write_bytes(_text(rows, "\t").encode("cp1252"))
    return path


def web_sales(folder: Path) -> Path:
    """A shop's report for people: names of months, a 12-hour clock, currency signs, percentages."""
    rows = [_cells("Date,Time,Product,Gross Sales,Share,Units")]
    for i in range(40):
        day = date(2024, 1, 31) + timedelta(i)
        rows.append(
            [
                f"{day:%b} {day.day}, {day.year}",
                f"{i % 12 + 1}:{i:02} {'AM' if i % 2 else 'PM'}",
                "Mug",
                f"${1000 + i:,}.50",
                f"{i}.5%",
                f"{i * 300:,}",
            ]
        )
    path = folder / "report.csv"
    path.write_text(_text(rows), encoding="utf-8")
    return path


COMPANIES = (
    retailer_orders,
    shop_invoices,
    shop_invoices_workbook,
    bicycle_sales,
    crm_customers,
    bank_statement,
    psp_payouts,
    sap_lines,
    web_sales,
)
