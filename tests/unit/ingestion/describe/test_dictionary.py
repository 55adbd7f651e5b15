"""The data dictionary, and the other files made from contracts, say what the contracts say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ingestion.contract.files import read_contracts
from ingestion.contract.model import Append, Contract, Freshness, Limit, Relation, Restate, Upsert
from ingestion.describe import generated
from ingestion.describe.dictionary import render_dictionary
from ingestion.describe.generated import outdated, write_generated


def test_the_files_of_the_project_are_up_to_date() -> None:
    assert outdated(read_contracts()) == []


def test_files_are_written_only_on_change(
    tmp_path: Path, sales: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "docs" / "dictionary.md"
    monkeypatch.setattr(generated, "_RENDERERS", {path: render_dictionary})
    assert outdated([sales]) == [path]
    assert write_generated(iter([sales])) == [path]
    assert path.read_text() == render_dictionary([sales])
    assert (write_generated([sales]), outdated([sales])) == ([], [])


def test_a_source(sales: Contract) -> None:
    text = render_dictionary([replace(sales, limits=(Limit("discounts", "gross_sales"),))])
    assert "## sales.transactions\n" in text
    assert sales.about[0] in text
    assert "`staging.raw_sales_transactions`" in text
    assert "- New files: at least every 35 days" in text
    assert "more than 5% of its rows are rejected" in text
    assert "- Every row: profit is sales less cogs, up to 0.01" in text
    assert "- Every row: discounts is at most gross_sales" in text


def test_one_row_per_column(sales: Contract) -> None:
    optional = replace(
        sales.columns[6], required=False, lowest=Decimal(0), rounds=True, classification="internal"
    )
    code = replace(sales.columns[2], pattern="A|B", zero_pad=5)
    lines = render_dictionary([replace(sales, columns=(optional, code, *sales.columns[12:14]))]).splitlines()
    assert [line for line in lines if line.startswith("| `")] == [
        "| `sale_price` | Sale Price | numeric(18,4) | no | internal | from 0; longer fractions are rounded |"
        " List price of one unit before discount, in US dollars. |",
        r"| `product` | Product | text | yes | public | not Unknown; `A\|B`; leading zeros up to 5 digits;"
        " at most 200 characters | Name of the product sold. |",
        "| `sale_date` | Date | date | yes | public | `dd/MM/yyyy` or `yyyy-MM-dd`; from 1990-01-01;"
        " until 2049-12-31 | Day of the sale. |",
        "| `month_number` | Month Number | integer | yes | public | the month of sale_date |"
        " Month of the sale date, 1 to 12. |",
    ]


@pytest.mark.parametrize(
    ("relation", "text"),
    [
        (Append(), "all rows of all files count"),
        (
            Upsert(("a", "b", "c"), "d"),
            "of rows with the same a, b and c the one of the greatest d, then of the latest file counts",
        ),
        (Restate((), 0.5), "rows replace all earlier rows of the whole table; one that lacks more than 50%"),
    ],
)
def test_how_files_relate(sales: Contract, relation: Relation, text: str) -> None:
    assert text in render_dictionary([replace(sales, relation=relation)])


@pytest.mark.parametrize(
    ("freshness", "text"),
    [(None, "New files: none are expected"), (Freshness(1, "hour"), "New files: at least every 1 hour\n")],
)
def test_freshness(sales: Contract, freshness: Freshness | None, text: str) -> None:
    assert text in render_dictionary([replace(sales, freshness=freshness)])
