"""Olist's items become sales lines where SALES_LINES_OF asks for them, with the figures of e-commerce."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.sample import write_sample_files
from tests.conftest import Warehouse
from tests.integration.dbt.builds import Checkout

Ask = Callable[[str], list[tuple]]

#: Figures on the pages of sales, but those of Olist.
OF_OTHERS = {
    "mart_sales_daily": "source <> 'olist.order_items'",
    "mart_sales_monthly": "source <> 'olist.order_items'",
    "mart_executive_summary": "country <> 'Brazil'",
    "mart_stock_daily": "true",
    "mart_orders_monthly": "true",
    "mart_order_items_monthly": "true",
}

#: Those that are compared before and after; the months of the trend are those of all sources.
ALL = dict.fromkeys([*OF_OTHERS, "mart_sales_trend"], "true")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state, more=["superset"])


def _figures(own: Ask, **conditions: str) -> dict[str, list[tuple]]:
    return {
        mart: sorted(own(f"select t::text from marts.{mart} as t where {condition}"))
        for mart, condition in conditions.items()
    }


def _switch(checkout: Checkout, setting: str) -> None:
    (checkout.folder / ".env").write_text(f"SALES_LINES_OF={setting}\n")
    checkout.run("tradewind.sync")
    checkout.run("tradewind", "build")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, checkout: Checkout, own: Ask) -> dict[str, list[tuple]]:
    """Figures of all pages by default; then Olist's items are sales too."""
    folder = tmp_path_factory.mktemp("files")
    write_sample_files(folder, rows=300, seed=3)
    _without(folder / "olist_orders_dataset.csv", 3)
    checkout.run("ingestion", "load", *sorted(folder.iterdir()))
    checkout.run("tradewind", "build")
    figures = _figures(own, **ALL)
    assert own("select distinct source from marts.mart_sales_daily") == [("sales.transactions",)]
    _switch(checkout, "olist.order_items")
    checkout.try_unit_tests()
    return figures


def _without(path: Path, most: int) -> None:
    """Leave out the last orders of a file, so that their items have none."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-most]), encoding="utf-8")


def test_no_figure_of_other_sources_changes(before: dict[str, list[tuple]], own: Ask) -> None:
    assert _figures(own, **OF_OTHERS) == {mart: before[mart] for mart in OF_OTHERS}


@pytest.mark.parametrize("grain", ["day", "month"])
def test_net_sales_are_gmv(before: dict[str, list[tuple]], own: Ask, grain: str) -> None:
    """By month and category; orders of every status count, and items without an order."""
    mart = {"day": "mart_sales_daily", "month": "mart_sales_monthly"}[grain]
    shop = "sum(price), sum(items) from marts.mart_order_items_monthly group by month, category"
    group = own(f"select month, category, {shop} order by 1, 2")
    assert len(group) > 50
    assert {status for (status,) in own("select distinct order_status from core.fct_order_items")} >= {
        "canceled",
        "unknown",
    }
    sales = (
        "select month, category, sum(local_sales), sum(units_sold), sum(sales_lines)"
        f" from marts.{mart} where company = 'Olist' group by month, category order by 1, 2"
    )
    assert own(sales) == [(*row, row[3]) for row in group]


def test_by_state_too(before: dict[str, list[tuple]], own: Ask) -> None:
    shop = own(
        "select state_code, sum(price), sum(freight_value) from marts.mart_order_items_monthly"
        " where state <> 'Unknown' group by state_code order by state_code"
    )
    assert len(shop) > 10
    assert shop == own(
        "select state, sum(sales), sum(shipping) from staging.stg_olist_order_items__sales_lines"
        " where state is not null group by state order by state"
    )


def test_all_layers_agree_on_both_kinds_of_figures(before: dict[str, list[tuple]], own: Ask) -> None:
    rows = own(
        "select kpi, raw_total, staging_total, fact_total, mart_total, is_reconciled"
        " from ops.kpi_reconciliation where source = 'olist.order_items'"
    )
    found = {kpi: (set(totals), is_reconciled) for kpi, *totals, is_reconciled in rows}
    assert found.keys() == {"items", "price", "freight_value", "sales_lines", "units_sold", "sales"}
    assert all(len(totals) == 1 and None not in totals for totals, _ in found.values())
    assert {is_reconciled for _, is_reconciled in found.values()} == {True}
    assert found["sales"] == found["price"] and found["sales_lines"] == found["items"]
    assert own("select count(*) from marts.mart_data_status where source = 'olist.order_items'") == [(1,)]


def test_reais_are_missing_without_rates_and_meet_dollars_with_them(
    before: dict[str, list[tuple]], own: Ask, checkout: Checkout, tmp_path: Path
) -> None:
    company = "from marts.mart_sales_daily where company = 'Olist'"
    assert own(f"select sum(sales), sum(lines_without_rate) = sum(sales_lines) {company}") == [(None, True)]

    ((first, last),) = own(f"select min(day), max(day) {company}")
    rates = {
        first + timedelta(each): (Decimal("1.1000"), Decimal("5.0000") + Decimal(each % 7) / 100)
        for each in range((last - first).days + 1)
    }
    checkout.run("ingestion", "load", _history(tmp_path / "eurofxref-hist.csv", rates))
    checkout.run("tradewind", "build")
    items = own("select order_date, price from core.fct_order_items")
    expected = sum(_converted(price, *rates[day]) for day, price in items)
    assert own(f"select sum(sales), sum(lines_without_rate) {company}") == [(expected, 0)]
    assert own("select sum(sales) from marts.mart_executive_summary where country = 'Brazil'") == [
        (expected,)
    ]
    _is_traced_in_both_currencies(checkout, expected, [price for _, price in items])
    assert _figures(own, **OF_OTHERS) == {mart: before[mart] for mart in OF_OTHERS}


def _is_traced_in_both_currencies(checkout: Checkout, dollars: Decimal, prices: list[Decimal]) -> None:
    """To cells in reais, each with the rate of its day."""
    found = json.loads(checkout.run("tradewind", "trace", "sales", "company=Olist", "--json"))
    assert found["adds_up"] and Decimal(found["value"]) == dollars
    lines = found["lines"]
    assert {(line["currency"], line["source"]) for line in lines} == {("BRL", "olist.order_items")}
    assert sum(Decimal(line["amount"]) for line in lines) == sum(prices)
    assert sorted(Decimal(line["cells"].removeprefix("price: ")) for line in lines) == sorted(prices)
    for line in lines:
        amount = Decimal(line["amount"]) * Decimal(line["rate"])
        assert Decimal(line["value"]) == amount.quantize(Decimal("0.0001"), "ROUND_HALF_UP")


def _history(path: Path, rates: dict[date, tuple[Decimal, Decimal]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Date", "USD", "BRL"])
        writer.writerows([day, *values] for day, values in sorted(rates.items(), reverse=True))
    return path


def _converted(amount: Decimal, dollars: Decimal, reais: Decimal) -> Decimal:
    rate = round(dollars / reais, 18)
    return (amount * rate).quantize(Decimal("0.0001"), "ROUND_HALF_UP")


def test_switched_off_all_is_as_before(before: dict[str, list[tuple]], own: Ask, checkout: Checkout) -> None:
    _switch(checkout, "")
    assert _figures(own, **ALL) == before
    assert own("select count(*) from core.dim_country where country = 'Brazil'") == [(0,)]
    kpis = own("select kpi from ops.kpi_reconciliation where source = 'olist.order_items' order by kpi")
    assert kpis == [("freight_value",), ("items",), ("price",)]
    staged = checkout.folder / "dbt_project" / "models" / "staging" / "olist"
    assert not list(staged.glob("*__sales_lines.*"))


def test_only_what_has_a_mapping_on_request_can_be_named(checkout: Checkout) -> None:
    (checkout.folder / ".env").write_text("SALES_LINES_OF=olist.orders\n")
    output = checkout.run("tradewind.sync", code=1)
    assert "SALES_LINES_OF names olist.orders: it may name olist.order_items" in output
