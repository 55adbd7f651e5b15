"""Targets, stock and engagement of another company, in its own columns, beside those of the sample."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from ingestion.sample import write_sample_files
from tests.conftest import Warehouse
from tests.integration.dbt.builds import Checkout

Ask = Callable[[str], list[tuple]]

#: Two lines of one month and country add up; of a country that nobody knows; in a currency without rates.
PLAN = """\
Monat;Land;Vertreter;Soll;Währung
15.01.2015;Deutschland;Meier;1.000,50;USD
01.01.2015;Germany;Huber;2.000,25;USD
01.02.2015;Atlantis;Huber;10,00;USD
01.01.2015;Germany;Huber;77,00;BRL
"""

#: Counted in two places, and not on the same days.
STOCK = """\
Stichtag;Lager;Artikelnummer;Bestand;Land
30.01.2015;Nord;A-1;5;DE
31.01.2015;Süd;A-1;7;DE
31.01.2015;Süd;B-2;-2;DE
"""

VISITS = """\
Tag;Land;Besuche
05.01.2015;Österreich;12
05.01.2015;Österreich;30
"""

COLUMNS = {
    "plan": {
        "Monat": "date",
        "Land": "text",
        "Vertreter": "text",
        "Soll": "numeric(18,2)",
        "Währung": "text",
    },
    "lager": {
        "Stichtag": "date",
        "Lager": "text",
        "Artikelnummer": "text",
        "Bestand": "integer",
        "Land": "text",
    },
    "besuche": {"Tag": "date", "Land": "text", "Besuche": "integer"},
}
FILES = {"plan": PLAN, "lager": STOCK, "besuche": VISITS}
MAPPINGS = {
    "plan.targets": {
        "target_month": "monat",
        "country": "land",
        "sales_target": "soll",
        "currency": "waehrung",
    },
    "lager.inventory": {
        "stock_date": "stichtag",
        "location": "lager",
        "product_code": "artikelnummer",
        "on_hand": "bestand",
        "country": "land",
    },
    "besuche.engagement": {"engagement_date": "tag", "country": "land", "visits": "besuche"},
}

#: What other sources have in these marts, by a condition that leaves this company out.
MARTS = {
    "mart_executive_summary": "country not in ('Germany', 'Atlantis', 'Austria')",
    "mart_engagement_monthly": "country <> 'Austria'",
    "mart_stock_daily": "product not in ('A-1', 'B-2')",
    "mart_sales_monthly": "true",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state, more=["superset"])


def _contract(checkout: Checkout, table: str) -> None:
    """A contract like that of the sample's targets, whose rows all count."""
    contracts = checkout.folder / "ingestion" / "contracts"
    document = yaml.safe_load((contracts / "sales" / "targets.yaml").read_text(encoding="utf-8"))
    document |= {"id": f"firma.{table}", "name": table, "domain": "firma"}
    document.pop("slaProperties", None)
    for each in document["customProperties"]:
        if each["property"] == "numberFormat":
            each["value"] = {"decimal": ",", "grouping": ".", "groupings": ["western"]}
    (schema,) = document["schema"]
    schema |= {
        "name": table,
        "physicalName": f"raw_firma_{table}",
        "businessName": table,
        "description": table,
    }
    schema.pop("quality", None)
    for each in schema["customProperties"]:
        if each["property"] == "relation":
            each["value"] = {"kind": "append"}
    schema["properties"] = [_column(header, kind) for header, kind in COLUMNS[table].items()]
    (contracts / "firma").mkdir(exist_ok=True)
    (contracts / "firma" / f"{table}.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))


def _column(header: str, kind: str) -> dict:
    types = {"date": "date", "text": "string", "integer": "integer"}
    found = {
        "name": header.lower().replace("ä", "ae"),
        "businessName": header,
        "description": header,
        "logicalType": types.get(kind, "number"),
        "physicalType": kind,
        "required": True,
        "classification": "public",
    }
    if kind == "date":
        found["logicalTypeOptions"] = {
            "format": "dd.MM.yyyy",
            "minimum": "1990-01-01",
            "maximum": "2049-12-31",
        }
    return found


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, checkout: Checkout, own: Ask) -> dict[str, list[tuple]]:
    """The figures of the sample alone; then those of the company are there, too."""
    folder = tmp_path_factory.mktemp("files")
    write_sample_files(folder, rows=300, seed=3)
    for path in folder.glob("*olist*"):
        path.unlink()
    checkout.run("ingestion", "load", *sorted(folder.iterdir()))
    checkout.run("tradewind", "build")
    figures = _figures(own)
    for table in COLUMNS:
        _contract(checkout, table)
    for name, columns in MAPPINGS.items():
        path = checkout.folder / "ingestion" / "contracts" / "firma" / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"source": f"firma.{name.split('.')[0]}", "columns": columns}))
    checkout.run("tradewind.sync")
    files = []
    for name, text in FILES.items():
        files.append(folder / f"firma_{name}.csv")
        files[-1].write_text(text, encoding="utf-8")
    checkout.run("ingestion", "load", *files)
    checkout.run("tradewind", "build")
    checkout.try_unit_tests()
    return figures


def _figures(own: Ask) -> dict[str, list[tuple]]:
    return {
        mart: sorted(own(f"select t::text from marts.{mart} as t where {condition}"))
        for mart, condition in MARTS.items()
    }


def test_no_figure_of_the_sample_changes(before: dict[str, list[tuple]], own: Ask) -> None:
    assert _figures(own) == before
    assert all(before.values())


def test_targets_add_up_in_the_reporting_currency(before: dict[str, list[tuple]], own: Ask) -> None:
    targets = own(
        "select target_month::text, country_key, segment_key, sum(sales_target), sum(local_sales_target)"
        " from core.fct_sales_target where company = 'Firma' group by 1, 2, 3 order by 1, 2"
    )
    assert targets == [
        ("2015-01-01", "de", "unknown", Decimal("3000.75"), Decimal("3077.75")),
        ("2015-02-01", "other_atlantis", "unknown", Decimal(10), Decimal(10)),
    ]
    assert own("select sum(sales_target) from marts.mart_executive_summary where country = 'Atlantis'") == [
        (Decimal(10),)
    ]


def test_the_last_count_of_each_place_counts(before: dict[str, list[tuple]], own: Ask) -> None:
    with_sample = "select sum(inventory) from marts.mart_executive_summary where month = '2015-01-01'"
    sample = "select coalesce(sum(on_hand), 0) from core.fct_inventory_snapshot where company = 'Firma'"
    assert own(sample) == [(Decimal(10),)]
    assert own(f"{with_sample} and country = 'Germany'") == [(Decimal(10),)]
    assert own(
        "select product, sum(on_hand) from marts.mart_stock_daily where product in ('A-1', 'B-2')"
        " group by product order by product"
    ) == [("A-1", Decimal(12)), ("B-2", Decimal(-2))]


def test_engagement_knows_what_the_source_knows(before: dict[str, list[tuple]], own: Ask) -> None:
    assert own(
        "select month::text, segment, visits, responses from marts.mart_engagement_monthly"
        " where country = 'Austria'"
    ) == [("2015-01-01", "Unknown", 42, None)]


def test_all_layers_agree_on_every_source(before: dict[str, list[tuple]], own: Ask) -> None:
    rows = own(
        "select source, kpi, raw_total, fact_total, coalesce(mart_total, daily_mart_total), is_reconciled"
        " from ops.kpi_reconciliation where source like 'firma.%' or source like 'sales.%'"
    )
    assert {row[-1] for row in rows} == {True}
    found = {(source, kpi): totals for source, kpi, *totals, _ in rows}
    plan = Decimal("3087.75")
    assert found["firma.plan", "sales_target"] == [plan, plan, plan]
    assert found["firma.lager", "on_hand"] == [Decimal(10)] * 3
    assert found["firma.besuche", "visits"] == [Decimal(42)] * 3
    assert ("firma.lager", "on_order") not in found
    assert found.keys() >= {("sales.targets", "sales_target"), ("sales.inventory", "on_hand")}


def test_a_name_that_nobody_knows_is_listed(before: dict[str, list[tuple]], checkout: Checkout) -> None:
    assert "firma.plan" in checkout.run("tradewind", "countries")
