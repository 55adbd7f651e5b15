"""Rows of one file that share a key are never dropped silently, in either way of loading."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingestion.contract.model import Column, ColumnType, Contract, NumberFormat, Repeats, Upsert
from ingestion.loading.load import load
from ingestion.loading.replay import accept, replay

HEADER = "Order,Line,Product,Amount,Changed"
ROWS = [
    f"{order},{line},Product {line},{order}.50,2024-01-{line + 1:02}" for order in (1, 2) for line in (1, 2)
]


def orders(relation: Upsert, **changes: object) -> Contract:
    def column(name: str, kind: ColumnType, **more: object) -> Column:
        sql_type = "numeric(12,2)" if kind is ColumnType.NUMERIC else kind.value
        return Column(name, name.partition("_")[0].title(), kind, sql_type, f"The {name}.", "public", **more)

    contract = Contract(
        domain="shop",
        table="orders",
        version="1.0.0",
        description="Lines of orders.",
        columns=(
            column("order_no", ColumnType.INTEGER),
            column("line", ColumnType.INTEGER),
            column("product", ColumnType.TEXT, required=False),
            column("amount", ColumnType.NUMERIC, precision=12, scale=2),
            column("changed", ColumnType.DATE, date_formats=("yyyy-MM-dd",), required=False),
        ),
        sums=(),
        number_format=NumberFormat(),
        relation=relation,
        max_rejected_share=1.0,
    )
    return replace(contract, **changes)


BY_ORDER = orders(Upsert(("order_no",)))
BY_LINE = orders(Upsert(("order_no", "line")))


@pytest.fixture
def bring(empty_warehouse: str, tmp_path: Path, way: str, query) -> Callable:
    """Load lines under a contract, and check that they were loaded in the intended way."""

    def run(lines: Iterable[str], contract: Contract, name: str = "orders.csv"):
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        (result,) = load([path], url=empty_warehouse, contracts=[contract])
        if result.outcome == "loaded":
            assert query("select way from ops.loads where load_id = %s", result.load_id) == [(way,)]
        return result

    return run


def test_a_key_that_does_not_distinguish_rows_holds_the_file(bring, query) -> None:
    result = bring(ROWS, BY_ORDER)

    assert (result.outcome, result.rows_read, result.rows_loaded) == ("held", 4, 0)
    assert result.message == (
        "nothing taken: 4 rows share their key (Order) and differ: one of each key would count and 2 would be"
        " lost; the first are lines 2 and 3 ('1'), which differ in Line, Product, Changed;"
        " lines 4 and 5 ('2'), which differ in Line, Product, Changed: name the columns that tell them apart"
        " in the contract's key, or say there which of them counts (latest, repeats); or take it as it is:"
        f' python -m ingestion accept {result.load_id} --why "…"'
    )
    assert query("select count(*) from staging.raw_shop_orders") == [(0,)]


def test_a_key_that_distinguishes_rows_loads(bring, query) -> None:
    result = bring(ROWS, BY_LINE)
    assert (result.outcome, result.rows_loaded, result.remarks) == ("loaded", 4, ())


def test_rows_that_are_the_same_count_once_and_are_reported(bring, query) -> None:
    result = bring([*ROWS, ROWS[0], ROWS[0], ROWS[3]], BY_LINE)

    assert (result.outcome, result.rows_read, result.rows_loaded) == ("loaded", 7, 7)
    assert [(remark.kind, remark.text) for remark in result.remarks] == [
        ("repeated", "3 rows repeat another one in every column: they count once")
    ]
    assert query("select remarks -> 0 ->> 'kind' from ops.loads") == [("repeated",)]


@pytest.mark.parametrize("last", ["1,1,,1.50,2024-01-02", "1,1,Product 1,1.50,"], ids=["text", "date"])
def test_an_empty_cell_is_a_difference(last: str, bring) -> None:
    assert bring([*ROWS, last], BY_LINE).outcome == "held"


def test_the_latest_row_of_a_file_counts_if_the_contract_says_so(bring) -> None:
    latest = orders(Upsert(("order_no",), "changed"))
    result = bring(ROWS, latest)

    assert (result.outcome, result.rows_loaded) == ("loaded", 4)
    assert [remark.text for remark in result.remarks] == [
        "2 rows share the key of a row that is later by Changed: the latest counts"
    ]


def test_rows_with_the_same_moment_are_not_distinguished_by_it(bring) -> None:
    result = bring([*ROWS, "2,2,Another,9.00,2024-01-03"], orders(Upsert(("order_no",), "changed")))
    assert result.outcome == "held"
    assert "the first are lines 5 and 6 ('2'), which differ in Line" not in result.message
    assert "lines 5 and 6 ('2'), which differ in Product, Amount" in result.message


def test_rows_are_refused_if_the_contract_says_so(bring, query) -> None:
    refusing = orders(Upsert(("order_no", "line"), repeats=Repeats.REFUSE))
    result = bring([*ROWS, "2,2,Other,9.00,2023-12-31", ROWS[0]], refusing)

    assert (result.outcome, result.rows_read, result.rows_loaded, result.rows_rejected) == ("loaded", 6, 4, 2)
    assert [remark.kind for remark in result.remarks] == ["repeated"]
    assert query("select _line from staging.raw_shop_orders order by 1") == [(2,), (3,), (4,), (7,)]
    assert query("select line, value, reason, raw from ops.rejected_rows order by line") == [
        (
            5,
            "2, 2",
            "shares its key with line 6 and differs in Product, Amount, Changed",
            b'[2, 2, "Product 2", 2.5, "2024-01-03"]',
        ),
        (
            6,
            "2, 2",
            "shares its key with line 5 and differs in Product, Amount, Changed",
            b'[2, 2, "Other", 9.0, "2023-12-31"]',
        ),
    ]
    days = (date(2024, 1, 2), date(2024, 1, 3))
    assert query("select rows_read, rows_loaded, rows_rejected, data_from, data_to from ops.loads") == [
        (6, 4, 2, *days)
    ]


def test_more_refused_rows_than_the_contract_allows_hold_the_file(bring) -> None:
    strict = orders(Upsert(("order_no",), repeats=Repeats.REFUSE), max_rejected_share=0.5)
    result = bring([*ROWS[:3], *("3,1,A,1.00," for _ in range(2))], strict)
    assert result.outcome == "loaded"
    result = bring(ROWS, strict, "more.csv")
    assert (result.outcome, result.rows_rejected) == ("held", 4)
    assert "same fault" in result.message


@pytest.mark.parametrize("is_accepted", [False, True], ids=["by contract", "by a person"])
def test_the_last_row_counts_if_the_contract_says_so(is_accepted: bool, bring, empty_warehouse: str) -> None:
    if is_accepted:
        (result,) = accept(
            bring(ROWS, BY_ORDER).load_id, "as ever", url=empty_warehouse, contracts=[BY_ORDER]
        )
    else:
        result = bring(ROWS, orders(Upsert(("order_no",), repeats=Repeats.LAST)))

    assert (result.outcome, result.rows_loaded) == ("loaded", 4)
    (remark,) = result.remarks
    assert remark.kind == "outdone"
    assert remark.text.startswith(
        "4 rows share their key (Order) and differ: the last one of each key counts, 2 do not; the first are"
        " lines 2 and 3 ('1'), which differ in Line"
    )


def test_a_held_file_is_loaded_once_the_key_is_corrected(bring, empty_warehouse: str) -> None:
    held = bring(ROWS, BY_ORDER)
    (still,) = replay(held.load_id, url=empty_warehouse, contracts=[BY_ORDER])
    assert still.outcome == "held"
    (result,) = replay(held.load_id, url=empty_warehouse, contracts=[BY_LINE])
    assert (result.outcome, result.rows_loaded) == ("loaded", 4)


def test_a_row_of_another_file_with_the_same_key_takes_its_place(bring, query) -> None:
    assert bring(ROWS, BY_LINE).outcome == "loaded"
    result = bring(["1,1,Renamed,2.00,2024-02-01"], BY_LINE, "later.csv")
    assert (result.outcome, result.rows_loaded) == ("loaded", 1)


def test_columns_may_have_names_that_sql_uses(bring) -> None:
    """Names that the queries about repeated keys use themselves."""
    names = ("rows", "lines", "count", "key", "day")
    columns = tuple(replace(column, name=name) for column, name in zip(BY_LINE.columns, names, strict=True))
    result = bring(ROWS, orders(Upsert(("rows",)), columns=columns, table="odd"))
    assert result.outcome == "held"
    assert "which differ in Line, Product, Changed" in result.message
