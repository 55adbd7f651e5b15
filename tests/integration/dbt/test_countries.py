"""Countries by any spelling; a name that nobody knows is a member of its own until `synonyms.csv` maps it."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from deploy.databases import mart_access, readers
from deploy.databases.warehouse import connect
from ingestion.sample import write_sample_files
from tests.conftest import PASSWORD, Warehouse
from tests.integration.dbt.builds import Checkout
from tests.support.members import rules
from tradewind.dashboards import logins
from tradewind.settings import text
from tradewind.vocabulary.countries import country_names
from tradewind.vocabulary.spelling import plain

#: How these files write the countries of the sample, and what dashboards call each.
WRITTEN = {
    "Canada": ("CANADA ", "Canada"),
    "France": ("Frankreich", "France"),
    "Germany": ("Deutschland", "Germany"),
    "Mexico": ("Atlantis", "Atlantis"),
    "United States of America": ("U.S.A.", "USA"),
}

BY_COUNTRY = "select country, sum(sales) from marts.mart_sales_monthly group by country"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    """A repository of its own, as its synonyms are edited."""
    return Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state)


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory, checkout: Checkout) -> dict[str, Decimal]:
    """Sales by the sample's country; the files, loaded and built, write countries as in `WRITTEN`."""
    folder = tmp_path_factory.mktemp("files")
    write_sample_files(folder, rows=300, seed=3)
    sales: dict[str, Decimal] = defaultdict(Decimal)
    for path in folder.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if "Country" not in rows[0]:
            path.unlink()
            continue
        for row in rows:
            if "  Sales " in row:
                sales[row["Country"]] += Decimal(re.sub(r"[^\d.-]", "", row["  Sales "]))
            row["Country"] = WRITTEN[row["Country"]][0]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    checkout.run("ingestion", "load", *sorted(folder.iterdir()))
    checkout.run("tradewind", "build")
    return sales


def test_each_name_has_the_spelling_that_python_gives_it(own, sold):
    found = dict(own("select spelling, country_key from core.int_country_spellings"))
    names = [row for row in country_names() if not any(map(_is_mark, row["name"]))]
    assert len(names) > 1900
    assert found.items() >= {plain(row["name"]): row["country_key"] for row in names}.items()
    assert len(found) == len(country_names()) + 1  # and `Unknown`


def _is_mark(letter: str) -> bool:
    """Whether it is a part of a letter in scripts such as Hindi's, of which some are letters to Postgres."""
    return unicodedata.category(letter).startswith("M")


def test_countries_are_found_by_any_spelling(ask, own, sold):
    assert dict(ask(BY_COUNTRY)) == {WRITTEN[country][1]: amount for country, amount in sold.items()}
    members = own(
        "select country_key, country_code, country, region from core.dim_country order by country_key"
    )
    assert members == [
        ("ca", "CAN", "Canada", "North America"),
        ("de", "DEU", "Germany", "Europe"),
        ("fr", "FRA", "France", "Europe"),
        ("other_atlantis", "other_atlantis", "Atlantis", "Unknown"),
        ("unknown", "ZZZ", "Unknown", "Unknown"),
        ("us", "USA", "USA", "North America"),
    ]
    for mart in ("mart_executive_summary", "mart_engagement_monthly", "mart_stock_daily"):
        assert {name for (name,) in ask(f"select distinct country from marts.{mart}")} == {
            shown for _, shown in WRITTEN.values()
        }
    warned = (
        "select test_name from ops.test_results where status = 'warn' and test_name like 'known_country%'"
    )
    assert len(own(warned)) == 4


def test_unknown_names_are_listed_with_rows_and_sources(own, sold, checkout):
    output = checkout.run("tradewind", "countries")
    for source, fact in {
        "sales.transactions": "fct_sales",
        "sales.engagement": "fct_engagement",
        "sales.inventory": "fct_inventory_snapshot",
        "sales.targets": "fct_sales_target",
    }.items():
        ((count,),) = own(f"select count(*) from core.{fact} where country_key = 'other_atlantis'")
        assert count and re.search(rf"Atlantis +{source} +{count:,} ", output)
    assert output.endswith("spelling,country\nAtlantis,\n")


def test_a_manager_sees_nothing_of_a_member_that_no_role_is_for(ask, sold, warehouse):
    with connect(warehouse.owner) as owner:
        readers.prepare(owner, PASSWORD, rules())
        mart_access.protect_all(owner)
    for country in ("Canada", "Mexico"):
        login = logins.reader_of(f"Country manager {country}")
        url = warehouse.owner.set(username=login, password=logins.password(PASSWORD, login))
        with psycopg.connect(text(url)) as connection:
            seen = dict(connection.execute(BY_COUNTRY).fetchall())
        # the rows of Mexico are Atlantis's for now, and its manager does not see them
        assert seen == ({"Canada": sold["Canada"]} if country == "Canada" else {})
    assert "Atlantis" in dict(ask(BY_COUNTRY))


def test_a_synonym_moves_the_rows_that_are_there(ask, own, sold, checkout):
    seed = checkout.folder / "dbt_project" / "seeds" / "synonyms.csv"
    header = seed.read_text()
    assert header == "spelling,country\n"
    seed.write_text(header + "ATLANTIS,México\n")
    checkout.run("tradewind", "build")
    shown = {country: shown for country, (_, shown) in WRITTEN.items()} | {"Mexico": "Mexico"}
    moved = {shown[country]: amount for country, amount in sold.items()}
    assert dict(ask(BY_COUNTRY)) == moved
    assert own("select country_key from core.dim_country where country_key like 'other%'") == []
    assert {name for (name,) in ask("select distinct country from marts.mart_stock_daily")} == moved.keys()
    assert "Every country in the warehouse is known." in checkout.run("tradewind", "countries")

    seed.write_text(header + "Atlantis,Mexiko\nFrankreich,Nowhere\n")
    output = checkout.run("tradewind", "build", code=1)
    assert "not_null_int_country_spellings_country_key" in output
    assert dict(ask(BY_COUNTRY)) == moved

    seed.write_text(header)
    checkout.run("tradewind", "build")
    assert dict(ask(BY_COUNTRY)) == {WRITTEN[country][1]: amount for country, amount in sold.items()}
