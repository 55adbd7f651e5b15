"""Other companies' files reach the marts: proposed, written, loaded and built as the docs say."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import psycopg
import pytest

from ingestion.sample import write_sample_files
from tests.conftest import Warehouse
from tests.integration.dbt.builds import Checkout
from tests.unit.tradewind.mapping import exports

Run = Callable[..., str]
Ask = Callable[[str], list[tuple]]

#: Returns are negative lines, a free line stays, and a line without a day cannot be placed.
SHOP = """\
Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom
C536379,71053,LANTERN,-2,2010-12-01 09:41:00,3.39,14527,EIRE
536414,22139,,56,2010-12-01 11:52:00,0.00,,Unspecified
536544,21773,CUP,1,,2.51,,United Kingdom
536545,POST,POSTAGE,1,2010-12-02 10:00:00,18.00,12583,RSA
"""


def _shop(folder: Path) -> Path:
    path = folder / "invoices.csv"
    path.write_text(SHOP)
    return path


#: Zone of the business of companies whose files hold times, and days on which its clocks change.
_ZONES = {
    "nord": ("Europe/Berlin", [date(2026, 3, 29), date(2026, 10, 25)]),
    "south": ("Australia/Sydney", [date(2026, 4, 5), date(2026, 10, 4)]),
}


def _nord(folder: Path) -> Path:
    return exports.half_hourly(folder, "Sold at,Product,Amount", _ZONES["nord"][1], offsets=True)


def _south(folder: Path) -> Path:
    return exports.half_hourly(folder, "Order date,Item,Net sales", _ZONES["south"][1], offsets=False)


#: What writes the files of each company.
_EXPORTS = {
    "erp": exports.erp_lines,
    "bikes": exports.bicycle_maker,
    "shop": _shop,
    "platform": exports.shop_orders,
    "nord": _nord,
    "south": _south,
}

#: The maker's files that sales do not need, so no contract is written for them.
_UNUSED = ("AW_Customers", "AW_Calendar", "AW_Returns")

#: Day, sales, units, discounts and profit of each company's first line, as Postgres computes them beforehand.
_FIRST_ROWS = {
    "erp": "2023-01-02\t124.0400\t4.000000\t0.0000\t\t",
    "bikes": "2015-01-01\t642.8500\t1.000000\t\t409.3385\t",
    "shop": "2010-12-01\t15.3000\t6.000000\t\t\t",
    "platform": "2023-01-02\t89.9700\t3.000000\t\t\t",
    # in UTC: no zone of the business is named yet
    "nord": "2026-03-28\t1.2500\t",
    "south": "2026-04-04\t1.2500\t",
}

#: How dbt tries the model of one company without its files.
_UNIT_TEST = """\
version: 2
unit_tests:
  - name: days_are_those_of_the_business
    model: stg_nord_orders__sales_lines
    given:
      - input: source('nord', 'orders')
        rows:
          - {_load_id: 1, _line: 2, sold_at: "2026-03-28 22:59:59", amount: 1}
          - {_load_id: 1, _line: 3, sold_at: "2026-03-28 23:00:00", amount: 1}
          - {_load_id: 1, _line: 4, sold_at: "2026-03-29 21:59:59", amount: 1}
          - {_load_id: 1, _line: 5, sold_at: "2026-03-29 22:00:00", amount: 1}
      - input: ref('stg_ops__loads')
        rows:
          - {source: nord.orders, load_id: 1, batch_id: 1, is_counted: true}
    expect:
      rows:
        - {line_id: 1-2, sale_date: "2026-03-28"}
        - {line_id: 1-3, sale_date: "2026-03-29"}
        - {line_id: 1-4, sale_date: "2026-03-29"}
        - {line_id: 1-5, sale_date: "2026-03-30"}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    """A separate checkout of the parts that load and build."""
    return Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state, more=["superset"])


@pytest.fixture(scope="module")
def run(checkout: Checkout) -> Run:
    """Runs a module there."""
    return checkout.run


@pytest.fixture(scope="module")
def companies(
    tmp_path_factory: pytest.TempPathFactory, run: Run, checkout: Checkout
) -> dict[str, list[Path]]:
    """Files of six companies, loaded and built, by the company's name."""
    files: dict[str, list[Path]] = {}
    for name, export in _EXPORTS.items():
        folder = tmp_path_factory.mktemp(name)
        made = export(folder)
        files[name] = made if isinstance(made, list) else [made]
        output = run("tradewind.mapping", "propose", "--domain", name, "--write", *files[name])
        assert ".sales_lines.yaml" in output
        assert _FIRST_ROWS[name] in output
    _name_zones(checkout.folder)
    run("tradewind.sync")
    unit_tests = checkout.folder / "dbt_project" / "models" / "staging" / "nord" / "_unit_tests.yml"
    unit_tests.write_text(_UNIT_TEST)
    used = [path for paths in files.values() for path in paths if path.stem not in _UNUSED]
    run("ingestion", "load", *_sample(tmp_path_factory.mktemp("sample")), *used)
    run("tradewind", "build")
    checkout.try_unit_tests()
    return files


def _name_zones(checkout: Path) -> None:
    """Name the zone of each business, and in a contract that of times without an offset."""
    contracts = checkout / "ingestion" / "contracts"
    for name, (zone, _days) in _ZONES.items():
        mapping = contracts / name / "orders.sales_lines.yaml"
        mapping.write_text(mapping.read_text() + f"business_day: {zone}\n")
    contract = contracts / "south" / "orders.yaml"
    in_utc = "customProperties:\n  - {property: timeZone, value: UTC}\n"
    contract.write_text(contract.read_text() + in_utc)


def _sample(folder: Path) -> list[Path]:
    """Sales and stock of another company, the stock with each line twice, of which the last one counts."""
    write_sample_files(folder, rows=200, seed=5)
    (sales,), (stock,) = (list(folder.glob(pattern)) for pattern in ("sales_until*.csv", "inventory*.csv"))
    header, *lines = stock.read_text(encoding="utf-8").splitlines(keepends=True)
    stock.write_text("".join([header, *(line for each in lines for line in (each, each))]), encoding="utf-8")
    return [stock, sales]


def _sums(warehouse: Warehouse, model: str, by: str, *figures: str) -> dict[str, tuple[Decimal | None, ...]]:
    """Sums over the lines that count, by a column."""
    sums = ", ".join(f"sum({each})" for each in figures)
    with psycopg.connect(warehouse.url("transformer")) as connection:
        rows = connection.execute(
            f"select {by}, {sums} from staging.{model} where left_out_by is null group by {by}"
        ).fetchall()
    return {row[0]: row[1:] for row in rows}


def _read(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def _added(rows: Iterable[tuple[str, tuple[Decimal, ...]]]) -> dict[str, tuple[Decimal, ...]]:
    found: dict[str, tuple[Decimal, ...]] = {}
    for key, figures in rows:
        found[key] = tuple(map(sum, zip(found.get(key, (Decimal(0),) * len(figures)), figures, strict=True)))
    return found


def test_an_erp_with_discounts_in_percent(companies: dict[str, list[Path]], warehouse: Warehouse) -> None:
    def lines() -> Iterator[tuple[str, tuple[Decimal, ...]]]:
        for row in _read(companies["erp"][0], ";"):
            number = {
                name: Decimal(row[name].replace(".", "").replace(",", "."))
                for name in ("Einzelpreis", "Nettobetrag")
            }
            gross = number["Einzelpreis"] * int(row["Menge"])
            yield row["Artikelnummer"], (number["Nettobetrag"], gross, gross - number["Nettobetrag"])

    expected = _added(lines())
    assert len(expected) == 20
    assert (
        _sums(warehouse, "stg_erp_umsatz__sales_lines", "product_code", "sales", "gross_sales", "discounts")
        == expected
    )


def test_a_maker_whose_prices_and_costs_are_in_the_product_file(
    companies: dict[str, list[Path]], warehouse: Warehouse
) -> None:
    table = {path.stem: list(_read(path)) for path in companies["bikes"]}
    products = {row["ProductKey"]: row for row in table["AW_Products"]}
    subcategories = {row["ProductSubcategoryKey"]: row for row in table["AW_Subcategories"]}
    categories = {row["ProductCategoryKey"]: row["CategoryName"] for row in table["AW_Categories"]}

    def lines() -> Iterator[tuple[str, tuple[Decimal, ...]]]:
        for row in (*table["AW_Sales_2015"], *table["AW_Sales_2016"]):
            product, units = products[row["ProductKey"]], int(row["OrderQuantity"])
            sales, cost = units * Decimal(product["ProductPrice"]), units * Decimal(product["ProductCost"])
            subcategory = subcategories[product["ProductSubcategoryKey"]]
            yield categories[subcategory["ProductCategoryKey"]], (sales, sales - cost)

    expected = _added(lines())
    assert len(expected) == 3
    assert _sums(warehouse, "stg_bikes_aw_sales__sales_lines", "category", "sales", "profit") == expected


def test_a_shop_with_returns_free_lines_and_a_line_without_a_day(
    companies: dict[str, list[Path]], warehouse: Warehouse
) -> None:
    model = "stg_shop_invoices__sales_lines"
    assert _sums(warehouse, model, "country", "sales", "units_sold", "profit") == {
        "United Kingdom": (Decimal("35.6400"), Decimal("12.00"), None),
        "EIRE": (Decimal("-6.7800"), Decimal("-2.00"), None),
        "Unspecified": (Decimal("0.0000"), Decimal("56.00"), None),
        "RSA": (Decimal("18.0000"), Decimal("1.00"), None),
    }
    left_out: dict[str, int] = defaultdict(int)
    with psycopg.connect(warehouse.url("transformer")) as connection:
        for (rule,) in connection.execute(f"select left_out_by from staging.{model}"):
            left_out[rule] += 1
    assert left_out == {None: 5, "no sale_date": 1}


def test_a_platform_that_says_once_per_order_what_is_of_all_its_lines(
    companies: dict[str, list[Path]], warehouse: Warehouse
) -> None:
    currencies: dict[str, str] = {}

    def lines() -> Iterator[tuple[str, tuple[Decimal, ...]]]:
        for row in _read(companies["platform"][0]):
            currency = currencies.setdefault(row["Name"], row["Currency"])
            yield currency, (int(row["Lineitem quantity"]) * Decimal(row["Lineitem price"]),)

    expected = _added(lines())
    assert expected.keys() == {"EUR", "USD"}
    assert _sums(warehouse, "stg_platform_orders_export__sales_lines", "currency", "sales") == expected


#: The staging model of each company's lines.
_STAGED = {
    "Erp": "stg_erp_umsatz__sales_lines",
    "Bikes": "stg_bikes_aw_sales__sales_lines",
    "Shop": "stg_shop_invoices__sales_lines",
    "Platform": "stg_platform_orders_export__sales_lines",
    "Nord": "stg_nord_orders__sales_lines",
    "South": "stg_south_orders__sales_lines",
}


@pytest.mark.parametrize("mart", ["mart_sales_monthly", "mart_sales_daily"])
@pytest.mark.parametrize("company", _STAGED)
def test_marts_hold_each_company_to_the_last_digit(
    companies: dict[str, list[Path]], own: Ask, company: str, mart: str
) -> None:
    figures = "sum(sales), sum(units_sold), sum(gross_sales), sum(profit)"
    staged = f"select {figures}, count(*) from staging.{_STAGED[company]} where left_out_by is null"
    local = "sum(local_sales), sum(units_sold), sum(local_gross_sales), sum(local_profit)"
    assert own(f"select {local}, sum(sales_lines) from marts.{mart} where company = '{company}'") == own(
        staged
    )


def test_countries_are_found_by_what_the_shop_calls_them(companies: dict[str, list[Path]], own: Ask) -> None:
    rows = own(
        "select country, sum(sales), sum(sales_lines) from marts.mart_sales_daily"
        " where company = 'Shop' group by country"
    )
    assert {country: figures for country, *figures in rows} == {
        # a third line has no day
        "United Kingdom": [Decimal("35.6400"), 2],
        "Ireland": [Decimal("-6.7800"), 1],
        "Unspecified": [Decimal("0.0000"), 1],
        "South Africa": [Decimal("18.0000"), 1],
    }


def test_what_a_company_does_not_know_is_null_in_the_marts(
    companies: dict[str, list[Path]], own: Ask
) -> None:
    rows = own(
        "select distinct segment, profit, sales_with_profit, category from marts.mart_sales_monthly"
        " where company = 'Shop'"
    )
    assert rows == [("Unknown", None, 0, "Unknown")]


def test_all_layers_agree_on_every_company(companies: dict[str, list[Path]], own: Ask) -> None:
    """Where a figure joins another table, raw rows alone do not have it: the other layers agree."""
    rows = own(
        "select source, kpi, raw_total is null, is_reconciled from ops.kpi_reconciliation"
        f" where split_part(source, '.', 1) in {tuple(_EXPORTS)}"
    )
    assert {row[3] for row in rows} == {True}
    sources = {"erp.umsatz", "bikes.aw_sales", "shop.invoices", "platform.orders_export"}
    assert {row[0] for row in rows} >= sources | {"nord.orders", "south.orders"}
    assert ("bikes.aw_sales", "sales", True, True) in rows
    assert ("shop.invoices", "sales", False, True) in rows


def test_lines_of_some_days_are_reached_by_the_index_of_each_source(
    companies: dict[str, list[Path]], warehouse: Warehouse
) -> None:
    """A build that adds up a few days must not read the lines of all others."""
    with psycopg.connect(warehouse.url("transformer")) as connection:
        connection.execute("create temporary table touched as select date '2015-01-05' as slice")
        connection.execute("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off")
        plan = connection.execute(
            "explain select sum(sales) from core.fct_sales where sale_date in (select slice from touched)"
        ).fetchall()
    found = "\n".join(line for (line,) in plan)
    assert found.count("Index Cond: (sale_date = touched.slice)") == len(_STAGED) + 1, found


#: The amounts of the platform, by the currency of its lines.
_BY_CURRENCY = (
    "select currency, sum(sales), sum(lines_without_rate) from marts.mart_sales_monthly"
    " where company = 'Platform' group by currency"
)


def test_a_line_without_a_rate_is_in_no_amount(companies: dict[str, list[Path]], own: Ask) -> None:
    found = {currency: figures for currency, *figures in own(_BY_CURRENCY)}
    assert found["EUR"][0] is None
    assert found["EUR"][1] > 0
    assert found["USD"][0] > 0
    assert found["USD"][1] == 0


def test_amounts_are_converted_when_their_rates_arrive_and_again_when_they_are_corrected(
    companies: dict[str, list[Path]], own: Ask, run: Run, tmp_path: Path
) -> None:
    lines = own(
        "select sale_date, sales from staging.stg_platform_orders_export__sales_lines"
        " where currency = 'EUR' and left_out_by is null"
    )
    days = sorted({day for day, _ in lines})
    rates = {day: Decimal(10_000 + 7 * place).scaleb(-4) for place, day in enumerate(days)}

    def converted(day: date) -> dict[date, int]:
        """Loads the rates, builds, and compares; returns the transaction that built each day."""
        path = tmp_path / f"eurofxref-hist-{rates[day]}.csv"
        path.write_text("Date,USD,\n" + "".join(f"{day},{rate},\n" for day, rate in rates.items()))
        run("ingestion", "load", path)
        run("tradewind", "build")
        cents = Decimal("0.0001")
        expected = sum((sales * rates[day]).quantize(cents, ROUND_HALF_UP) for day, sales in lines)
        assert ("EUR", expected, 0) in own(_BY_CURRENCY)
        return dict(own("select day, max(xmin::text::bigint) from core.fct_sales_daily group by day"))

    corrected = days[len(days) // 2]
    before = converted(corrected)
    rates[corrected] += Decimal("0.1234")
    after = converted(corrected)
    changed = {day for day in after if after[day] != before[day]}
    assert corrected in changed
    # it holds for days after it that have none, which have no line in euros
    assert not changed & {day for day in days if day != corrected}


def _by_day(path: Path, zone: str) -> dict[date, tuple[Decimal, int]]:
    """Sales and lines of each day in a zone, as Python counts them."""
    found: dict[date, tuple[Decimal, int]] = {}
    for row in _read(path):
        written, _product, amount = row.values()
        moment = datetime.fromisoformat(written)
        day = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZoneInfo(zone)).date()
        sales, lines = found.get(day, (Decimal(0), 0))
        found[day] = (sales + Decimal(amount), lines + 1)
    return found


_DAYS = (
    "select day, sum(local_sales), sum(sales_lines)::int from marts.mart_sales_daily"
    " where company = '{}' group by day"
)


@pytest.mark.parametrize("company", _ZONES)
def test_days_are_those_of_the_business_where_clocks_change(
    companies: dict[str, list[Path]], own: Ask, company: str
) -> None:
    zone, (spring, autumn) = _ZONES[company]
    expected = _by_day(companies[company][0], zone)
    assert {expected[spring][1], expected[autumn][1]} == {46, 50}
    assert {day: tuple(figures) for day, *figures in own(_DAYS.format(company.title()))} == expected


def test_a_line_reaches_the_day_of_the_business_and_no_other(
    companies: dict[str, list[Path]], own: Ask, run: Run, tmp_path: Path
) -> None:
    """Its time in UTC is of the day before."""
    built = "select day, max(xmin::text::bigint) from core.fct_sales_daily group by day"
    before = dict(own(built))
    days = {day: sales for day, sales, _ in own(_DAYS.format("Nord"))}
    path = tmp_path / "late_orders.csv"
    path.write_text("Sold at,Product,Amount\n2026-03-29T22:30:00Z,Tea,0.75\n")
    run("ingestion", "load", path)
    run("tradewind", "build")
    after = dict(own(built))
    assert {day for day in after if after[day] != before.get(day)} == {date(2026, 3, 30)}
    days[date(2026, 3, 30)] += Decimal("0.75")
    assert {day: sales for day, sales, _ in own(_DAYS.format("Nord"))} == days


def test_postgres_and_python_count_days_alike_in_every_zone(own: Ask) -> None:
    moments = [datetime(2024, 1, 1) + timedelta(hours=37 * i) for i in range(230)]
    python = {
        (name, moment): moment.replace(tzinfo=UTC).astimezone(ZoneInfo(name)).date()
        for name in sorted(available_timezones())
        if "/" in name
        for moment in moments
    }
    zones, texts = ("', '".join(sorted({str(key[place]) for key in python})) for place in (0, 1))
    rows = own(
        f"select zone, at, cast((at at time zone 'UTC') at time zone zone as date)"
        f" from unnest(array['{zones}']) as zone, unnest(cast(array['{texts}'] as timestamp[])) as at"
    )
    assert {(zone, at): day for zone, at, day in rows} == python


def test_a_second_file_changes_no_figure_of_other_sources(
    companies: dict[str, list[Path]], own: Ask, run: Run, tmp_path: Path
) -> None:
    """Its load has the number of a scope of another source: the totals of both are kept."""
    sums = (
        "select company, sum(sales), sum(sales_lines) from marts.mart_sales_daily where {}"
        " group by company order by company"
    )
    before = own(sums.format("company <> 'Shop'"))
    assert len(before) == len(_STAGED)
    path = tmp_path / "more_invoices.csv"
    path.write_text("\n".join([SHOP.splitlines()[0], "536600,CUP,CUP,3,2010-12-03 09:00:00,2.50,1,France"]))
    run("ingestion", "load", path)
    run("tradewind", "build")
    assert own(sums.format("company <> 'Shop'")) == before
    assert own(sums.format("company = 'Shop' and country = 'France'")) == [("Shop", Decimal("7.5000"), 1)]
    loads = "select count(*) from ops.load_scopes join ops.loads on scope_id = loads.load_id"
    assert own(f"{loads} where loads.source = 'shop.invoices'") != [(0,)]
    assert own("select source, kpi from ops.kpi_reconciliation where not is_reconciled") == []
