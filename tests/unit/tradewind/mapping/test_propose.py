"""Mappings proposed for exports of made-up companies."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.contract.model import Contract
from tests.integration.ingestion import companies
from tests.unit.tradewind.mapping import exports
from tradewind.mapping.files import read_mapping
from tradewind.mapping.proposal import Proposal, Sureness
from tradewind.mapping.propose import _reads
from tradewind.mapping.render import render
from tradewind.mapping.sources import Proposed, best_proposal, sources_of


def proposed(paths: Sequence[Path]) -> Proposed:
    """The proposal, which the reader of mappings accepts as written."""
    found = best_proposal(sources_of(paths, (), "acme"))
    if not found.lacking:
        place = Path(f"acme/{found.used[0].contract.table}.sales_lines.yaml")
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
    assert "total is not taken as sales: it is the order's amount" in " ".join(found.proposal.notes)


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


def lines(count: int = 120) -> list[tuple[str, date, str, int, Decimal]]:
    """Order number (of three lines), day, product, units and price."""
    pick = random.Random(7)
    return [
        (
            f"O{i // 3}",
            date(2024, 1, 2) + timedelta(i),
            f"P{i % 7}",
            pick.randint(1, 9),
            Decimal(pick.randint(100, 9999)) / 100,
        )
        for i in range(count)
    ]


def proposal_of(tmp_path: Path, header: str, rows: Sequence[Sequence[object]]) -> Proposed:
    return proposed([exports.write(tmp_path / "export.csv", header, rows)])


@pytest.mark.parametrize("header", ["Netto,MwSt,Brutto", "Net Amount,VAT Amount,Gross Amount"])
def test_the_gross_of_an_invoice_is_no_sales_before_discounts(tmp_path: Path, header: str) -> None:
    rows = [[o, d, p, n * x, (n * x) / 5, (n * x) * 6 / 5] for o, d, p, n, x in lines()]
    found = expressions(proposal_of(tmp_path, f"Invoice No,Date,Item,{header}", rows))
    assert "gross_sales" not in found
    assert found["sales"].startswith("net")


@pytest.mark.parametrize(
    ("header", "discount", "target", "expression", "sureness"),
    [
        ("Discount %", lambda i: (0, 5, 10, 15)[i % 4], "discount_rate", "discount / 100.0", Sureness.LIKELY),
        ("Rabatt %", lambda i: (0, 5, 10)[i % 3], "discount_rate", "rabatt / 100.0", Sureness.LIKELY),
        ("Discount", lambda i: ("0", "0.2")[i % 2], "discount_rate", "discount", Sureness.LIKELY),
        (
            "Discount Amount",
            lambda i: ("0.00", "0.20")[i % 2],
            "discounts",
            "discount_amount",
            Sureness.LIKELY,
        ),
        ("Discount Amount", lambda i: "0.00", "discounts", "discount_amount", Sureness.GUESS),
        (
            "Discount Amount",
            lambda i: ("-1.00", "0.00")[i % 2],
            "discounts",
            "-discount_amount",
            Sureness.LIKELY,
        ),
        (
            "Discount Amount",
            lambda i: ("", "2.00")[i % 2],
            "discounts",
            "coalesce(discount_amount, 0)",
            Sureness.GUESS,
        ),
    ],
)
def test_a_discount_that_no_total_proves_is_not_sure(
    tmp_path: Path,
    header: str,
    discount: Callable[[int], object],
    target: str,
    expression: str,
    sureness: Sureness,
) -> None:
    rows = [[d, p, n, x, discount(i)] for i, (_, d, p, n, x) in enumerate(lines())]
    guesses = proposal_of(tmp_path, f"Date,Item,Qty,Unit Price,{header}", rows).proposal.guesses
    assert (guesses[target].expression, guesses[target].sureness) == (expression, sureness)
    assert len({"discounts", "discount_rate"} & guesses.keys()) == 1


def test_rows_without_a_discount_prove_nothing_of_its_unit(tmp_path: Path) -> None:
    rows = [
        [d, p, n, x, 10 if i % 15 == 0 else 0, n * x * (90 if i % 15 == 0 else 100) / 100]
        for i, (_, d, p, n, x) in enumerate(lines())
    ]
    guess = proposal_of(tmp_path, "Date,Item,Qty,Unit Price,Discount,Line Total", rows).proposal.guesses[
        "discount_rate"
    ]
    assert (guess.expression, guess.sureness) == ("discount / 100.0", Sureness.SURE)


@pytest.mark.parametrize("header", ["Margin", "Gross Margin %", "Marge"])
def test_a_margin_that_is_a_share_is_no_profit(tmp_path: Path, header: str) -> None:
    rows = [[d, p, n * x, n * x * 65 / 100, 35 + i % 2] for i, (_, d, p, n, x) in enumerate(lines())]
    found = expressions(proposal_of(tmp_path, f"Date,Item,Sales,Total Cost,{header}", rows))
    assert "profit" not in found
    assert found["cogs"] == "total_cost"


def test_a_unit_cost_that_drifts_is_still_that_of_a_unit(tmp_path: Path) -> None:
    rows = [[d, p, n, n * x, 5 + Decimal(i % 9) / 100] for i, (_, d, p, n, x) in enumerate(lines())]
    assert (
        expressions(proposal_of(tmp_path, "Date,Item,Qty,Sales,Unit Cost", rows))["unit_cost"] == "unit_cost"
    )


def test_line_totals_and_item_prices_are_figures(tmp_path: Path) -> None:
    rows = [[o, d, p, n, x, n * x] for o, d, p, n, x in lines()]
    for header in ("Item Price,Line Total", "Item Price,Item Total", "Unit Price,Line Amount"):
        found = expressions(proposal_of(tmp_path, f"Order No,Date,SKU,Qty,{header}", rows))
        assert found["sales"] == header.partition(",")[2].lower().replace(" ", "_")
        (tmp_path / "export.csv").unlink()


def test_the_sales_are_mapped_and_not_the_stock(tmp_path: Path) -> None:
    goods = [[f"P{i}", f"Product {i}", f"{i + 1}.50"] for i in range(7)]
    stock = [[d, p, "W1", n * 100] for _, d, p, n, _ in lines()]
    sales = [[o, d, p, n, n * x] for o, d, p, n, x in lines()]
    paths = [
        exports.write(tmp_path / "inventory.csv", "date,sku,warehouse_id,quantity", stock),
        exports.write(tmp_path / "products.csv", "sku,product_name,list_price", goods),
        exports.write(tmp_path / "sales.csv", "order_no,date,sku,quantity,amount", sales),
        exports.write(
            tmp_path / "warehouses.csv", "warehouse_id,city", [["W1", "Ulm"], ["W2", "Bonn"], ["W3", "Kiel"]]
        ),
    ]
    found = proposed(paths)
    assert found.used[0].contract.table == "sales"
    assert expressions(found)["sales"] == "amount"


def test_lines_take_their_day_from_the_head_of_the_order(tmp_path: Path) -> None:
    heads = {
        o: [o, d, sum(n * x for other, _, _, n, x in lines() if other == o)] for o, d, *_ in reversed(lines())
    }
    items = [[o, i, p, n, x] for i, (o, _, p, n, x) in enumerate(lines())]
    paths = [
        exports.write(tmp_path / "orders.csv", "order_id,order_date,total", list(heads.values())),
        exports.write(tmp_path / "order_items.csv", "order_id,item_id,product,quantity,unit_price", items),
    ]
    found = proposed(paths)
    assert found.used[0].contract.table == "order_items"
    assert expressions(found)["sale_date"] == "orders.order_date"
    assert expressions(found)["sales"] == "quantity * unit_price"


def test_files_of_one_name_and_two_forms_are_two_sources(tmp_path: Path) -> None:
    rows = [[d, p, n * x] for _, d, p, n, x in lines()]
    paths = [
        exports.write(tmp_path / "Sales_2023.csv", "Date,Item,Amount", rows),
        exports.write(tmp_path / "Sales_2024.csv", "Date,Item,Amount,Shop", [[*row, "A"] for row in rows]),
    ]
    found = proposed(paths)
    assert {each.contract.table for each in (*found.used, *found.unused)} == {"sales", "sales_2"}


def test_a_header_cannot_write_lines_of_the_mapping(tmp_path: Path) -> None:
    rows = [[d, p, n * x, "France"] for _, d, p, n, x in lines()]
    path = tmp_path / "a.csv"
    exports.write(path, "Date,Item,Amount,Land", rows)
    path.write_text(path.read_text().replace("Land", '"Country\n  profit: amount"', 1))
    found = proposed([path])
    assert "profit" not in found.proposal.guesses
    assert "\n  profit:" not in render(found.proposal)


def priced(tmp_path: Path, header: str, cells: Sequence[str]) -> Proposal:
    rows = [["2024-01-31", f"P{i}", f"{i}.50", cell] for i, cell in enumerate(cells, 1)]
    return proposed([exports.write(tmp_path / "sales.csv", f"Date,Product,Sales,{header}", rows)]).proposal


@pytest.mark.parametrize(
    ("values", "expression"),
    [
        (["EUR", "USD"], "currency"),
        (["€", "GBP", "$"], "case currency when '$' then 'USD' when '€' then 'EUR' else currency end"),
        (["usd", "EUR"], "case currency when 'usd' then 'USD' else currency end"),
        (["card", "cash on delivery"], None),
    ],
)
def test_signs_and_small_letters_become_codes(
    tmp_path: Path, values: list[str], expression: str | None
) -> None:
    found = priced(tmp_path, "Currency", values * 20)
    guess = found.guesses.get("currency")
    assert (guess.expression if guess else None) == expression


@pytest.mark.parametrize(("count", "is_taken"), [(3, True), (60, False)])
def test_many_companies_are_customers(tmp_path: Path, count: int, is_taken: bool) -> None:
    found = priced(tmp_path, "Company", [f"Firm {i % count} Ltd" for i in range(180)])
    assert ("company" in found.guesses) == is_taken
    assert any("customers" in note for note in found.notes) != is_taken


def test_a_join_whose_name_ends_as_another_is_not_read() -> None:
    assert _reads("coalesce(categories.name, 'none')", "categories")
    assert not _reads("subcategories.name", "categories")
    assert not _reads("sub_categories.name", "categories")
