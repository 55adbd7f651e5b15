"""Values that one line of an order has for all: how a build finds the lines that share them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.contract.model import Append, Contract, Period, Relation, Restate, ScopePart, Upsert
from ingestion.explore.draft.draft import draft
from tests.unit.tradewind.mapping import exports
from tradewind.mapping.files import read_mapping
from tradewind.mapping.staging import render

MAPPING = """\
source: acme.orders
of_order: [currency]
columns:
  sale_date: created_at
  sales: lineitem_quantity * lineitem_price
  currency: currency
  order_number: name
"""
BY_MONTH = Restate((ScopePart("created_at", Period.MONTH),))


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    path = exports.shop_orders(tmp_path_factory.mktemp("shop"))
    return draft(path, domain="acme", table="orders").contract


def _model(orders: Contract, relation: Relation, text: str = MAPPING) -> str:
    contract = replace(orders, relation=relation)
    return render(read_mapping(Path("acme/orders.sales_lines.yaml"), [contract], text), "here")


def test_a_value_is_taken_from_another_line_of_the_order_in_the_same_load(orders: Contract) -> None:
    model = _model(orders, Append())
    assert "max(cast(orders.currency as {{ dbt.type_string() }})) over (" in " ".join(model.split())
    assert "partition by orders._load_id, orders.name" in model


def test_lines_that_were_restated_still_give_their_values(orders: Contract) -> None:
    """The line with the currency may be of a month that a later file has restated."""
    model = _model(orders, BY_MONTH)
    assert "current_rows('acme', 'orders', whole_loads=true)" in model
    # but are no lines any more
    assert model.endswith("where batch_id is not null and {{ is_touched('batch_id', load='load_id') }}\n")


@pytest.mark.parametrize("relation", [Append(), Upsert(("name",))])
def test_other_sources_read_the_rows_that_count(orders: Contract, relation: Relation) -> None:
    assert "current_rows('acme', 'orders')" in _model(orders, relation)


def test_without_such_values_a_source_that_restates_reads_the_rows_that_count(orders: Contract) -> None:
    model = _model(orders, BY_MONTH, MAPPING.replace("of_order: [currency]\n", ""))
    assert "current_rows('acme', 'orders')" in model
    assert model.endswith("where {{ is_touched('batch_id', load='load_id') }}\n")


def test_the_whole_model_is_rebuilt_where_lines_of_an_order_have_other_keys(orders: Contract) -> None:
    """A new line could change others, which have slices of their own."""
    model = _model(orders, Upsert(("lineitem_sku", "name")))
    assert "config(**whole(\n    batches_of=['acme.orders']" in model
    assert model.endswith("where {{ has_changed() }}\n")


def test_rows_are_replaced_by_order_where_the_order_is_their_key(orders: Contract) -> None:
    model = _model(orders, Upsert(("name", "lineitem_sku")))
    assert "rows_of='acme.orders'" in model
    assert model.endswith("where {{ is_touched('row_key') }}\n")
