"""The published sales files give the same totals to the cent, however often and in any format."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

from ingestion.loading.load import load

TOTALS = """
    select count(*), sum(units_sold), sum(gross_sales), sum(discounts), sum(sales), sum(cogs), sum(profit)
    from staging.raw_sales_transactions as raw
    inner join ops.current_scopes as scopes
        on scopes.load_id = raw._load_id
        and scopes.scope = raw.country || '|' || to_char(raw.sale_date, 'YYYY-MM')
"""


def test_text_form(published_csv: Path, empty_warehouse: str, query) -> None:
    (result,) = load([published_csv], url=empty_warehouse)

    assert (result.outcome, result.source) == ("loaded", "sales.transactions")
    assert (result.rows_read, result.rows_loaded, result.rows_rejected) == (700, 700, 0)
    assert query(TOTALS) == [
        (
            700,
            Decimal("1125806.00"),
            Decimal("127931598.5000"),
            Decimal("9205248.2700"),
            Decimal("118726350.2900"),
            Decimal("101832648.0000"),
            Decimal("16893702.2900"),
        )
    ]
    assert query(
        "select source, file_name, sha256, bytes, state, is_sample, relation, contract_version,"
        " data_from::text, data_to::text, finished_at >= started_at from ops.loads"
    ) == [
        (
            "sales.transactions",
            "Financials.csv",
            "86b856a1d4453fc1fe76afbc7dff8ed90aa6f0144a841c8daf5cd8934bca6d51",
            121839,
            "loaded",
            False,
            "restate(country, month of sale_date)",
            "1.2.0",
            "2013-09-01",
            "2014-12-01",
            True,
        )
    ]
    assert query("select * from staging.raw_sales_transactions where _line in (2, 701) order by _line")[
        0
    ] == (
        result.load_id,
        2,
        "Government",
        "Canada",
        "Carretera",
        "None",
        Decimal("1618.50"),
        Decimal(3),
        Decimal(20),
        Decimal(32370),
        Decimal(0),
        Decimal(32370),
        Decimal(16185),
        Decimal(16185),
        date(2014, 1, 1),
        1,
        "January",
        2014,
    )


def test_workbook_replaces_text_form(
    published_csv: Path, published_workbook: Path, empty_warehouse: str, query
) -> None:
    first, second = load([published_csv, published_workbook], url=empty_warehouse)

    assert (first.rows_loaded, second.rows_loaded, second.rows_rejected) == (700, 700, 0)
    ((rows, units, _, _, sales, _, profit),) = query(TOTALS)
    assert (rows, units) == (700, Decimal("1125806.00"))
    assert (sales, profit) == (Decimal("118726350.2600"), Decimal("16893702.2600"))
    assert query("select distinct load_id from ops.current_scopes") == [(second.load_id,)]
    assert query("select count(*) from ops.current_scopes") == [(80,)]


def test_same_content_under_another_name_is_known(
    published_csv: Path, empty_warehouse: str, query, tmp_path: Path
) -> None:
    (first,) = load([published_csv], url=empty_warehouse)
    copy = Path(shutil.copy(published_csv, tmp_path / "renamed.csv"))
    (again,) = load([copy], url=empty_warehouse)

    assert again.outcome == "known"
    assert again.message == f"already loaded as Financials.csv, load {first.load_id}: nothing to do"
    assert query("select count(*) from ops.loads") == [(1,)]
    assert query("select count(*) from staging.raw_sales_transactions") == [(700,)]
