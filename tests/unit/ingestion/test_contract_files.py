"""A broken contract is refused with the file, the place and what is expected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestion.contract import Contract, DatePart, DateRepeat, Freshness, Restate, Sum
from ingestion.contract_files import CONTRACTS, ContractError, read_contract, read_contracts

PUBLISHED = CONTRACTS / "sales" / "transactions.yaml"


def test_sales_contract(sales: Contract) -> None:
    assert (sales.source, sales.raw_table) == ("sales.transactions", "raw_sales_transactions")
    assert sales.relation == Restate("country", "sale_date")
    assert sales.freshness == Freshness(35, "day")
    assert sales.max_rejected_share == 0.05
    columns = {column.name: column for column in sales.columns}
    assert [column.header for column in sales.columns][12:] == ["Date", "Month Number", "Month Name", "Year"]
    assert columns["discount_band"].allowed == ("None", "Low", "Medium", "High")
    assert (columns["units_sold"].precision, columns["units_sold"].scale) == (18, 2)
    assert columns["profit"].sql_type == "numeric(18,4)"
    assert columns["sale_date"].date_formats == ("dd/MM/yyyy", "yyyy-MM-dd")
    assert (columns["sale_date"].earliest, columns["sale_date"].latest) == (
        date(1990, 1, 1),
        date(2049, 12, 31),
    )
    assert columns["product"].reserved == ("Unknown",)
    assert sales.sums == (
        Sum("sales", ("gross_sales",), ("discounts",), Decimal("0.01")),
        Sum("profit", ("sales",), ("cogs",), Decimal("0.01")),
    )
    assert columns["month_name"].repeats == DateRepeat("sale_date", DatePart.MONTH_NAME)
    assert {column.classification for column in sales.columns} == {"public"}


def column(document: Any, name: str) -> Any:
    return next(item for item in document["schema"][0]["properties"] if item["name"] == name)


def extension(document: Any, name: str) -> Any:
    return next(item for item in document["schema"][0]["customProperties"] if item["property"] == name)


def adds_up(document: Any) -> Any:
    return document["schema"][0]["quality"][0]["implementation"]


@pytest.mark.parametrize(
    ("edit", "place", "problem"),
    [
        (lambda d: d.pop("version"), "$", "'version' is a required property"),
        (lambda d: d.update(kind="Contract"), "$.kind", "'DataContract'"),
        (lambda d: d.update(id="sales.sales"), "id", "domain and table make it 'sales.transactions'"),
        (lambda d: d.update(domain="Sales!"), "domain", "lower-case letters"),
        (lambda d: d.pop("slaProperties"), "slaProperties", "latency is missing"),
        (lambda d: column(d, "cogs").update(colour="red"), "$.schema[0].properties[10]", "'colour'"),
        (
            lambda d: column(d, "cogs").update(physicalType="float8"),
            "(cogs).physicalType",
            "'float8' is none of text, numeric(p,s), integer, date",
        ),
        (lambda d: column(d, "cogs").update(physicalType="numeric"), "(cogs).physicalType", "numeric(p,s)"),
        (lambda d: column(d, "cogs").pop("businessName"), "(cogs).businessName", "is missing"),
        (lambda d: column(d, "cogs").pop("description"), "(cogs).description", "is missing"),
        (lambda d: column(d, "cogs").pop("classification"), "(cogs).classification", "is missing"),
        (lambda d: column(d, "cogs").update(required=False), "(cogs).required", "must be true"),
        (lambda d: column(d, "cogs").update(name="sales"), "(sales)", "used twice"),
        (lambda d: column(d, "cogs").update(businessName="sales"), "(cogs)", "'sales' is used twice"),
        (lambda d: column(d, "sale_date").pop("logicalTypeOptions"), "format", "is missing"),
        (
            lambda d: column(d, "year")["quality"][0].update(implementation={"check": "x"}),
            "quality[0].implementation.check",
            "is none of repeats_date, reserved",
        ),
        (
            lambda d: column(d, "year")["quality"][0]["implementation"].pop("date"),
            "quality[0].implementation.date",
            "is missing",
        ),
        (
            lambda d: column(d, "product")["quality"][0]["implementation"].update(values="Unknown"),
            "(product).quality[0].implementation.values",
            "must be a list",
        ),
        (
            lambda d: column(d, "product")["quality"][0]["implementation"].update(case="any"),
            "(product).quality[0].implementation",
            "unknown: case",
        ),
        (
            lambda d: column(d, "sale_date")["logicalTypeOptions"].update(minimum="01/01/1990"),
            "(sale_date).logicalTypeOptions.minimum",
            "'01/01/1990' is not a day",
        ),
        (
            lambda d: column(d, "sale_date")["logicalTypeOptions"].update(exclusiveMaximum="2050-01-01"),
            "(sale_date).logicalTypeOptions",
            "not known yet: exclusiveMaximum",
        ),
        (
            lambda d: column(d, "cogs").update(logicalTypeOptions={"minimum": 0}),
            "(cogs).logicalTypeOptions",
            "not known yet: minimum",
        ),
        (
            lambda d: d["schema"][0]["quality"][0].update(engine="dbt"),
            "schema[0].quality[0]",
            "is not of the engine tradewind",
        ),
        (lambda d: adds_up(d).update(check="reserved"), "quality[0].implementation.check", "is not adds_up"),
        (lambda d: adds_up(d).update(total="sum"), "quality[0]", "'sum' is no column of numbers"),
        (lambda d: adds_up(d).update(minus=["country"]), "quality[0]", "'country' is no column of numbers"),
        (lambda d: adds_up(d).update(plus=[]), "quality[0].implementation.plus", "must be a list"),
        (lambda d: adds_up(d).update(tolerance="little"), "quality[0].implementation.tolerance", "a number"),
        (lambda d: adds_up(d).update(less=["cogs"]), "quality[0].implementation", "unknown: less"),
        (
            lambda d: column(d, "year")["quality"][0]["implementation"].update(part="week"),
            "quality[0].implementation.part",
            "one of month, month_name, year",
        ),
        (
            lambda d: column(d, "year")["quality"][0]["implementation"].update(date="sales"),
            "(year)",
            "repeats 'sales', which is no date column",
        ),
        (
            lambda d: column(d, "country")["quality"][0].update(mustBe=3),
            "(country).quality[0]",
            "neither invalidValues that mustBe 0 nor of the engine tradewind",
        ),
        (lambda d: extension(d, "relation").update(value={"kind": "append"}), "relation", "must be {kind"),
        (
            lambda d: extension(d, "relation")["value"]["scope"][0].update(column="city"),
            "relation",
            "there is no column 'city'",
        ),
        (lambda d: extension(d, "maxRejectedShare").update(value=5), "maxRejectedShare", "from 0 to 1"),
        (
            lambda d: d["customProperties"][0]["value"].update(groupings=["roman"]),
            "numberFormat.groupings",
            "unknown: roman",
        ),
    ],
)
def test_broken_contract(tmp_path: Path, edit: Callable, place: str, problem: str) -> None:
    document = yaml.safe_load(PUBLISHED.read_text())
    edit(document)
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.dump(document, sort_keys=False))

    with pytest.raises(ContractError) as caught:
        read_contract(path)

    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert place in message
    assert problem in message


def test_not_yaml(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("kind: DataContract\n  id: [")
    with pytest.raises(ContractError, match=r"broken\.yaml: line 2, column 5: "):
        read_contract(path)


def test_one_contract_a_source(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(PUBLISHED.read_text())
    with pytest.raises(ContractError, match=r"the source sales\.transactions has another contract already"):
        read_contracts(tmp_path)
