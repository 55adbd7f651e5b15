"""Mappings proposed for exports of made-up companies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ingestion.contract.model import Contract
from tests.integration.ingestion import companies
from tests.unit.tradewind.mapping import exports
from tradewind.mapping.files import read_mapping
from tradewind.mapping.proposal import Sureness
from tradewind.mapping.render import render
from tradewind.mapping.sources import Proposed, best_proposal, sources_of


def proposed(paths: Sequence[Path]) -> Proposed:
    """The proposal, which the reader of mappings accepts as written."""
    found = best_proposal(sources_of(paths, (), "acme"))
    if not found.lacking:
        place = Path("acme/sales.sales_lines.yaml")
        contracts: list[Contract] = [each.contract for each in found.used]
        mapping = read_mapping(place, contracts, render(found.proposal))
        assert mapping.columns.keys() == found.proposal.guesses.keys()
    return found


def expressions(found: Proposed) -> dict[str, str]:
    return {name: guess.expression for name, guess in found.proposal.guesses.items()}


@pytest.mark.parametrize(
    ("export", "expected", "absent"),
    [
        (
            companies.retailer_orders,
            {
                "sale_date": "order_date",
                "sales": "sales",
                "units_sold": "quantity",
                "discount_rate": "discount",
                "profit": "profit",
                "country": "country",
                "segment": "segment",
                "product": "product_name",
                "category": "category",
                "sub_category": "sub_category",
                "customer_code": "customer_id",
            },
            {"unit_cost", "currency", "tax"},
        ),
        (
            companies.shop_invoices,
            {
                "sale_date": "invoice_date",
                "sales": "quantity * price",
                "product": "description",
                "order_number": "invoice",
                "country": "country",
            },
            {"cogs", "profit", "discounts", "gross_sales", "segment"},
        ),
        (
            companies.sap_lines,
            {"sale_date": "erdat", "sales": "netwr", "units_sold": "kwmeng", "currency": "waerk"},
            {"profit"},
        ),
        (
            exports.shop_orders,
            {
                "sale_date": "created_at",
                "units_sold": "lineitem_quantity",
                "sales": "lineitem_quantity * lineitem_price",
                "order_number": "name",
                "product_code": "lineitem_sku",
            },
            {"shipping", "tax", "discounts"},
        ),
        (
            exports.erp_lines,
            {
                "sale_date": "rechnungsdatum",
                "sales": "nettobetrag",
                "units_sold": "menge",
                "sale_price": "einzelpreis",
                "discount_rate": "rabatt / 100.0",
                "currency": "wahrung",
                "country": "land",
                "category": "warengruppe",
                "customer_code": "kundennummer",
            },
            {"profit", "discounts"},
        ),
        (
            exports.records,
            {
                "sales": "total_revenue",
                "unit_cost": "unit_cost",
                "cogs": "total_cost",
                "profit": "total_profit",
            },
            {"sale_price", "discounts"},
        ),
        (exports.till_receipts, {"sales": "total - vat", "tax": "vat", "units_sold": "qty"}, {"sale_price"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_columns_are_found_by_names_and_figures(
    tmp_path: Path, export: Callable[[Path], Path], expected: dict[str, str], absent: set[str]
) -> None:
    found = expressions(proposed([export(tmp_path)]))
    assert {name: found.get(name) for name in expected} == expected
    assert not absent & found.keys()


def test_reference_tables_are_joined_as_far_as_they_lead(tmp_path: Path) -> None:
    found = proposed(exports.bicycle_maker(tmp_path))
    assert {name: dict(join.key) for name, join in found.proposal.joins.items()} == {
        "aw_products": {"product_key": "product_key"},
        "aw_territories": {"sales_territory_key": "territory_key"},
        "aw_subcategories": {"product_subcategory_key": "aw_products.product_subcategory_key"},
        "aw_categories": {"product_category_key": "aw_subcategories.product_category_key"},
    }
    columns = expressions(found)
    assert columns["sales"] == "order_quantity * aw_products.product_price"
    assert columns["unit_cost"] == "aw_products.product_cost"
    assert columns["country"] == "aw_territories.country"
    assert columns["category"] == "aw_categories.category_name"
    assert {each.contract.table for each in found.unused} == {"aw_customers", "aw_calendar", "aw_returns"}
    assert len(found.used[0].paths) == 2


def test_what_figures_prove_is_sure_but_replacements_are_not(tmp_path: Path) -> None:
    guesses = proposed([exports.records(tmp_path)]).proposal.guesses
    assert guesses["profit"].sureness is Sureness.SURE
    guesses = proposed([companies.shop_invoices(tmp_path)]).proposal.guesses
    assert guesses["sales"].sureness is Sureness.LIKELY


def test_totals_of_orders_are_left_out_with_a_note(tmp_path: Path) -> None:
    notes = " ".join(proposed([exports.shop_orders(tmp_path)]).proposal.notes)
    for column in ("subtotal", "shipping", "taxes", "total", "discount_amount"):
        assert f"{column} is not taken as" in notes


def test_values_on_an_orders_first_line_apply_to_all_its_lines(tmp_path: Path) -> None:
    found = proposed([exports.shop_orders(tmp_path)])
    assert found.proposal.of_order == ["currency"]
    assert proposed([exports.erp_lines(tmp_path)]).proposal.of_order == []


def test_a_total_repeated_on_each_line_is_the_orders(tmp_path: Path) -> None:
    rows = []
    for order in range(30):
        prices = [order + 1, 2 * order + 3]
        rows += [[f"O{order}", "2024-01-31", 1, price, sum(prices)] for price in prices]
    path = exports.write(tmp_path / "a.csv", "Order No,Date,Qty,Price,Total", rows)
    found = proposed([path])
    assert expressions(found)["sales"] == "qty * price"
    assert "total is not taken as sales: it is the whole order's" in " ".join(found.proposal.notes)


def test_nothing_personal_is_proposed(tmp_path: Path) -> None:
    for path in (companies.crm_customers(tmp_path), companies.psp_payouts(tmp_path)):
        found = proposed([path])
        personal = {each.name for each in found.used[0].contract.columns if each.classification == "personal"}
        assert personal
        assert not personal & set(expressions(found).values())


def test_files_without_sales_are_refused_with_what_they_lack(tmp_path: Path) -> None:
    path = exports.write(
        tmp_path / "a.csv", "Name,Colour", [["Ada", "red"], ["Bob", "blue"], ["Cy", "green"]]
    )
    assert proposed([path]).lacking == ["sale_date", "sales"]
