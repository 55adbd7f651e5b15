"""Figures to reconcile: from the YAML of models to the macro that dbt reads."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from tradewind.catalog.reconciled import reconciled_models, render_reconciled
from tradewind.lineage.manifest import CatalogError
from tradewind.sync.forgotten import unreconciled


def write(models: Path, name: str, entry: str) -> None:
    """YAML of a model that reconciles."""
    reconciled = f"reconciled:\n{indent(entry, '  ')}"
    (models / f"{name}.yml").write_text(
        f"models:\n  - name: {name}\n    config:\n      meta:\n{indent(reconciled, ' ' * 8)}\n"
    )


def test_facts_and_sources_without_one(tmp_path: Path):
    write(
        tmp_path,
        "fct_reviews",
        "source: shop.reviews\ncount: reviews\ntotals: {stars: star}\nmonthly_mart: mart_reviews\n"
        "daily_mart: mart_reviews_daily\nnot_in_marts: [stars]\ndates_lie_ahead: true\n"
        "left_out: >\n  not exists (select 1 from {fct_orders} as orders\n  where orders.id = fact.id)",
    )
    write(tmp_path, "stg_shop__places", "source: shop.places\ncount: rows")
    (tmp_path / "empty.yml").write_text("")
    assert (
        render_reconciled(tmp_path).partition("do return({\n")[2]
        == """\
        "shop.places": {
            "count": "rows",
            "totals": {},
            "layers": {"staging": "stg_shop__places"},
            "marts": {},
            "not_in_marts": [],
        },
        "shop.reviews": {
            "count": "reviews",
            "totals": {"stars": "star"},
            "layers": {"staging": "stg_shop__reviews", "fact": "fct_reviews"},
            "marts": {"mart": "mart_reviews", "daily_mart": "mart_reviews_daily"},
            "not_in_marts": ["stars"],
            "left_out": "not exists (select 1 from {fct_orders} as orders where orders.id = fact.id)",
            "reads": ["fct_reviews", "fct_orders"],
            "dates_lie_ahead": true,
        },
    }) -%}
{%- endmacro %}
"""
    )


def test_totals_of_the_same_name_are_a_list(tmp_path: Path):
    write(tmp_path, "fct_sales", "source: shop.sales\ncount: sales\ntotals: [amount, units]")
    assert reconciled_models(tmp_path)["fct_sales"].totals == {"amount": "amount", "units": "units"}


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("source: shop.sales", "fct_sales: reconciled.count: Field required"),
        ("source: shop.sales\ncount: rows\nmart: x", "fct_sales: reconciled.mart: Extra inputs"),
        ("source: shop.sales\ncount: rows\nfact_columns: [a]", "reconciled.fact_columns: Input should be"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, entry: str, fault: str):
    write(tmp_path, "fct_sales", entry)
    with pytest.raises(CatalogError) as raised:
        render_reconciled(tmp_path)
    assert str(tmp_path / "fct_sales.yml") in str(raised.value)
    assert fault in str(raised.value)


def test_a_source_is_reconciled_once(tmp_path: Path):
    for name in ("fct_a", "fct_b"):
        write(tmp_path, name, "source: shop.sales\ncount: rows")
    with pytest.raises(CatalogError, match=r"fct_b: shop\.sales is reconciled by another model, too"):
        render_reconciled(tmp_path)


def test_what_a_mapping_makes_of_a_source_is_reconciled_beside_its_own_figures(tmp_path: Path):
    write(tmp_path, "fct_items", "source: shop.items\ncount: items")
    write(tmp_path, "stg_shop_items__sales_lines", "source: shop.items\ncount: sales_lines\nfact: fct_sales")
    text = render_reconciled(tmp_path)
    assert text.index('"shop.items": {') < text.index('"shop.items.sales_lines": {')
    assert text.count('"source": "shop.items"') == 1


def test_a_source_with_models_and_without_figures_is_named(tmp_path: Path):
    """But not one that is only loaded so far; and figures of a deleted source."""
    for name in ("stg_shop__sales", "stg_shop__places"):
        (tmp_path / f"{name}.sql").write_text("select 1")
    write(tmp_path, "stg_shop__places", "source: shop.places\ncount: rows")
    write(tmp_path, "fct_stock", "source: shop.stock\ncount: rows")
    assert list(unreconciled(["shop.sales", "shop.places", "shop.loaded_only"], tmp_path)) == [
        "shop.sales has no figures to reconcile: write `reconciled: {source: shop.sales, count: rows}` under"
        " `config: meta:` of its fact, or of stg_shop__sales where it has none; then `make sync`",
        "fct_stock reconciles shop.stock, of which there is no contract in ingestion/contracts",
    ]
