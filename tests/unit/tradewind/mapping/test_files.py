"""Mapping files: all faults are reported at once, with file, line, column and what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.contract.model import Append, Contract, Upsert
from ingestion.explore.draft.draft import draft
from tests.integration.ingestion import companies
from tests.unit.tradewind.mapping import exports
from tradewind.mapping.files import read_mapping, read_mappings
from tradewind.mapping.places import PlacedFaults
from tradewind.mapping.staging import render
from tradewind.mapping.sync import sync
from tradewind.settings import SettingError

GOOD = """\
source: acme.orders
columns:
  sale_date: order_date
  sales: sales
"""


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> list[Contract]:
    folder = tmp_path_factory.mktemp("files")
    goods = exports.write(
        folder / "goods.csv", "Code,Cost,Maker", [["A-1", "1.5", "Ada"], ["B-2", "2.5", "Bob"]]
    )
    orders = draft(companies.retailer_orders(folder), domain="acme", table="orders").contract
    products = draft(goods, domain="acme", table="products").contract
    return [orders, replace(products, relation=Upsert(("code",)))]


def faults(tmp_path: Path, text: str, contracts: list[Contract]) -> list[str]:
    path = tmp_path / "acme" / "orders.sales_lines.yaml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(PlacedFaults) as error:
        read_mapping(path, contracts)
    said = re.sub(r"line (\d+), column (\d+)", r"\1:\2", str(error.value))
    return [each.removeprefix(f"{path}: ") for each in said.splitlines()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            GOOD.replace("order_date", "oder_date").replace("  sales: sales", "  slaes: sales"),
            [
                "3:3: columns.sale_date: orders has no column oder_date; did you mean 'order_date'?",
                "4:3: columns.slaes: is not a canonical column; did you mean 'sales'?",
            ],
        ),
        (
            GOOD + "colums: {}\n",
            [
                "5:1: colums: is not known; known here: source, columns, joins, leave_out, of_order,"
                " on_request, business_day, last_of; did you mean 'columns'?"
            ],
        ),
        (
            GOOD.replace("acme.orders", "acme.order"),
            ["1:1: source: there is no contract acme.order; did you mean 'acme.orders'?"],
        ),
        (GOOD + "  sales: profit\n", ["5:3: columns.sales: is there twice"]),
        (GOOD + "  profit: 1\n", ["5:3: columns.profit: 1 is not text: write it in quotes"]),
        (
            GOOD + "  profit: product_name\n",
            ["5:3: columns.profit: `product_name` is a text, and profit is a number"],
        ),
        (
            GOOD.replace("  sales: sales\n", ""),
            ["2:1: columns: sales is missing: map it, or what it follows from (gross_sales - discounts)"],
        ),
        (
            GOOD + "leave_out:\n  free: {when: sales, because: Free.}\n  gone: {when: sales = 0}\n",
            ["7:3: leave_out.gone.because: is missing"],
        ),
        (
            GOOD + "leave_out:\n  free: {when: sales, because: Free.}\n",
            ["6:10: leave_out.free.when: `sales` is not a condition: write a comparison"],
        ),
        (
            GOOD + "joins:\n  products: {source: acme.products, key: {cod: product_id}}\n",
            [
                "6:37: joins.products.key: must name the key of acme.products: code",
                "6:43: joins.products.key.cod: products has no column cod; did you mean 'code'?",
            ],
        ),
        (
            GOOD + "joins:\n  products: {source: acme.products, key: {code: quantity}}\n",
            ["6:43: joins.products.key.code: quantity is a number, and code is a text"],
        ),
        (
            GOOD + "joins:\n  products: {source: acme.products, key: {code: upper(product_id)}}\n",
            ["6:43: joins.products.key.code: `upper(product_id)` is not a column"],
        ),
        (
            GOOD + "joins:\n  orders: {source: acme.products, key: {code: product_id}}\n",
            ["6:3: joins.orders: the name is taken: give the join another one"],
        ),
        (
            GOOD + "  store: customer_name\n",
            [
                "5:3: columns.store: orders.customer_name is personal, and store may hold what is public:"
                " leave it out, or correct its classification in the contract acme.orders"
            ],
        ),
        (
            GOOD + 'joins:\n  "p; drop table x": {source: acme.products, key: {code: product_id}}\n',
            [
                "6:3: joins.p; drop table x: 'p; drop table x' must be lower-case letters, digits and"
                " underscores"
            ],
        ),
        (
            GOOD + "joins:\n  order: {source: acme.products, key: {code: product_id}}\n",
            ["6:3: joins.order: order is a word of SQL: call it something else"],
        ),
        (
            GOOD + 'leave_out:\n  "{{ x }}": {when: sales = 0, because: Free.}\n',
            ["6:3: leave_out.{{ x }}: '{{ x }}' must be lower-case letters, digits and underscores"],
        ),
        (
            GOOD + "of_order: [country]\n",
            [
                "5:12: of_order[0]: country is not mapped; there are: sale_date, sales",
                "5:1: of_order: map order_number, by which lines are known to be of one order",
            ],
        ),
        (
            GOOD + "leave_out:\n  ada: {when: \"customer_name = 'Ada'\", because: Test.}\n",
            [
                "6:9: leave_out.ada.when: orders.customer_name is personal, and a condition may hold what is"
                " pseudonym: leave it out, or correct its classification in the contract acme.orders"
            ],
        ),
        (
            GOOD + 'leave_out:\n  free: {when: sales = 0, because: "{{ x }}"}\n',
            ["6:27: leave_out.free.because: dbt would take '{{' for a template"],
        ),
        (
            GOOD + "  order_number: order_id\n  profit: profit\nof_order: [profit]\n",
            ["7:12: of_order[0]: profit is a number: copied to each line it would count again"],
        ),
        ("- a\n", ["1:1: file: must be a mapping"]),
        ("", ["1:1: file: must be a mapping"]),
        ("source: [\n", ["2:1: did not find expected node content"]),
    ],
)
def test_faults_have_a_place_and_say_what_to_do(
    tmp_path: Path, contracts: list[Contract], text: str, expected: list[str]
) -> None:
    assert faults(tmp_path, text, contracts) == expected


def test_a_reference_without_a_key_cannot_be_joined(tmp_path: Path, contracts: list[Contract]) -> None:
    orders, products = contracts
    text = GOOD + "joins:\n  products: {source: acme.products, key: {code: product_id}}\n"
    (fault,) = faults(tmp_path, text, [orders, replace(products, relation=Append())])
    assert "acme.products has no key: make it an upsert" in fault


def test_rows_that_share_columns_share_mapped_ones(tmp_path: Path, contracts: list[Contract]) -> None:
    appended = [replace(each, relation=Append()) for each in contracts]
    (fault,) = faults(tmp_path, GOOD + "last_of: [sale_date, product]\n", appended)
    assert fault == "5:22: last_of[1]: product is not mapped; there are: sale_date, sales"


def test_of_rows_with_a_key_the_key_says_which_counts(tmp_path: Path, contracts: list[Contract]) -> None:
    orders, products = contracts
    keyed = replace(orders, relation=Upsert(("row_id",)))
    (fault,) = faults(tmp_path, GOOD + "last_of: [sale_date]\n", [keyed, products])
    assert "last_of: the key of acme.orders says which row counts: leave it out" in fault


def test_the_last_row_that_would_count_takes_the_place_of_earlier_ones(
    tmp_path: Path, contracts: list[Contract]
) -> None:
    path = tmp_path / "acme" / "orders.sales_lines.yaml"
    path.parent.mkdir()
    path.write_text(GOOD + "  product: product_name\nlast_of: [sale_date, product]\n")
    appended = [replace(each, relation=Append()) for each in contracts]
    sql = " ".join(render(read_mapping(path, appended), "orders.yaml").split())
    shared = "batch_id, load_id, left_out_by, sale_date, lower(replace(trim(product), ' ', '_'))"
    assert f"row_number() over ( partition by {shared} order by file_line desc ) > 1" in sql


def test_a_source_is_mapped_once(tmp_path: Path, contracts: list[Contract]) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "acme").mkdir(parents=True)
        (tmp_path / folder / "acme" / "orders.sales_lines.yaml").write_text(GOOD)
    with pytest.raises(PlacedFaults, match=r"acme\.orders is mapped to sales_lines by another file too"):
        read_mappings(contracts, tmp_path)


def test_a_mapping_lies_beside_its_contract(tmp_path: Path, contracts: list[Contract]) -> None:
    path = tmp_path / "{{ x }}.sales_lines.yaml"
    path.write_text(GOOD)
    with pytest.raises(
        PlacedFaults, match=r"the mapping of acme\.orders must be in acme/orders\.sales_lines\.yaml"
    ):
        read_mapping(path, contracts)


def test_a_mapping_is_to_a_canonical_model(tmp_path: Path, contracts: list[Contract]) -> None:
    path = tmp_path / "acme" / "orders.sale_lines.yaml"
    path.parent.mkdir()
    path.write_text(GOOD)
    with pytest.raises(PlacedFaults, match="sale_lines is not a canonical model; did you mean 'sales_lines'"):
        read_mappings(contracts, tmp_path)


def test_a_mapping_to_engagement_has_a_figure(tmp_path: Path, contracts: list[Contract]) -> None:
    path = tmp_path / "acme" / "orders.engagement.yaml"
    text = "source: acme.orders\ncolumns:\n  engagement_date: order_date\n"
    with pytest.raises(PlacedFaults, match="visits or engaged_visits or responses is missing: map one of"):
        read_mapping(path, contracts, text)
    assert "visits" in read_mapping(path, contracts, f"{text}  visits: quantity\n").columns


def test_models_follow_their_mappings(tmp_path: Path, contracts: list[Contract]) -> None:
    folder, project = tmp_path / "contracts", tmp_path / "dbt_project"
    mapping = folder / "acme" / "orders.sales_lines.yaml"
    mapping.parent.mkdir(parents=True)
    mapping.write_text(GOOD)
    model = project / "models" / "staging" / "acme" / "stg_acme_orders__sales_lines.sql"
    properties, macro = model.with_suffix(".yml"), project / "macros" / "sources_of_sales_lines.sql"

    sync(contracts, tmp_path / "none", project)
    assert sync(contracts, folder, project) == [model, properties, macro]
    assert (
        '"acme.orders": {"staging": "stg_acme_orders__sales_lines", "company": "Acme"}' in macro.read_text()
    )
    assert sync(contracts, folder, project) == []
    mapping.write_text(GOOD + "  profit: profit\n")
    assert sync(contracts, folder, project, check=True) == [model, properties]
    assert "orders.profit" not in model.read_text()
    assert sync(contracts, folder, project) == [model, properties]
    assert "orders.profit" in model.read_text()

    mapping.unlink()
    assert sync(contracts, folder, project) == [model, properties, macro]
    assert not model.exists()
    assert "acme" not in macro.read_text()


def test_a_mapping_on_request_has_a_model_only_where_it_is_requested(
    tmp_path: Path, contracts: list[Contract]
) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "orders.sales_lines.yaml").write_text(f"on_request: true\n{GOOD}")
    macro = tmp_path / "macros" / "sources_of_sales_lines.sql"
    model = tmp_path / "models" / "staging" / "acme" / "stg_acme_orders__sales_lines.sql"
    assert macro in sync(contracts, tmp_path, tmp_path)
    assert not model.exists()
    assert sync(contracts, tmp_path, tmp_path, requested=["acme.orders"]) == [
        model,
        model.with_suffix(".yml"),
        macro,
    ]
    assert sync(contracts, tmp_path, tmp_path) == [model, model.with_suffix(".yml"), macro]
    with pytest.raises(SettingError, match=r"names acme\.products: it may name acme\.orders"):
        sync(contracts, tmp_path, tmp_path, requested=["acme.products"])


def test_a_model_maintained_by_hand_stays(tmp_path: Path, contracts: list[Contract]) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "orders.sales_lines.yaml").write_text(GOOD)
    model = tmp_path / "models" / "staging" / "acme" / "stg_acme_orders__sales_lines.sql"
    model.parent.mkdir(parents=True)
    model.write_text("select 1 as line_id\n")
    written = sync(contracts, tmp_path, tmp_path)
    assert tmp_path / "macros" / "sources_of_sales_lines.sql" in written and model not in written
    assert model.read_text() == "select 1 as line_id\n"
