"""`make source` with `AS=targets`, `inventory` and `engagement`, for files of three companies."""

from __future__ import annotations

import csv
import random
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Warehouse
from tests.integration.dbt.builds import Checkout

_SOURCE = "tradewind.source"


def _german(amount: Decimal) -> str:
    """With a narrow space between thousands and a comma before the cents."""
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")


def _plan(folder: Path) -> Path:
    """A maker's plan by month, country and group of customers."""
    pick = random.Random(1)
    rows = [
        [f"{year}-{month:02}", country, group, _german(Decimal(pick.randrange(10**7, 10**9)) / 100)]
        for year in (2025, 2026)
        for month in range(1, 13)
        for country in ("Deutschland", "Österreich", "Schweiz")
        for group in ("Großhandel", "Einzelhandel")
    ]
    return _write(folder / "maker" / "Umsatzplan.csv", "Monat;Land;Kundengruppe;Planumsatz", rows, "utf-8")


def _stock(folder: Path) -> Path:
    """A trader's stock, whose warehouses are numbers."""
    pick = random.Random(2)
    rows = [
        [f"{day:02}.03.2026", place, f"A-{item}", f"Kübel {item}", *(pick.randrange(9000) for _ in range(3))]
        for day in range(1, 15)
        for place in (100, 200)
        for item in range(1, 9)
    ]
    header = "Stichtag;Lager;Artikelnummer;Artikelbezeichnung;Bestand;Bestellt;Sicherheitsbestand"
    return _write(folder / "trader" / "Bestandsliste.csv", header, rows, "latin-1")


def _visits(folder: Path) -> Path:
    """A shop's visits, with a share that nothing is made of."""
    pick = random.Random(3)
    rows = []
    for day in range(1, 29):
        for country in ("United States", "Germany"):
            sessions = pick.randrange(100, 9000)
            engaged = pick.randrange(sessions)
            rows.append(
                [f"202602{day:02}", country, sessions // 2, sessions, engaged, f"{engaged / sessions:.4f}"]
            )
    header = "Date;Country;Active users;Sessions;Engaged sessions;Engagement rate"
    return _write(folder / "webshop" / "analytics.csv", header, rows, "utf-8")


def _write(path: Path, header: str, rows: list[list], encoding: str) -> Path:
    path.parent.mkdir()
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(header.split(";"))
        writer.writerows(rows)
    return path


def _sum(path: Path, column: str, encoding: str = "utf-8", **only: str) -> Decimal:
    """The sum of a column of a raw file, over the rows that hold `only` these values."""
    with path.open(encoding=encoding, newline="") as file:
        return sum(
            (
                Decimal(row[column].replace("\u202f", "").replace(",", "."))
                for row in csv.DictReader(file, delimiter=";")
                if all(row[name] == value for name, value in only.items())
            ),
            Decimal(0),
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, warehouse: Warehouse, dbt_state: Path) -> Checkout:
    return Checkout(tmp_path_factory.mktemp("checkout"), warehouse, dbt_state, ["superset"])


@pytest.fixture(scope="module")
def outputs(checkout: Checkout, folder: Path) -> dict[str, str]:
    """What the command prints for each kind; the engagement is taken in a terminal, all others by YES=1."""
    found = {
        "targets": checkout.run(_SOURCE, _plan(folder), "--as", "targets", "--currency", "EUR", "--yes"),
        "inventory": checkout.run(_SOURCE, _stock(folder), "--as", "inventory", "--yes"),
    }
    answers = b"responses = active_users\nresponses =\n\n"
    visits = checkout.run_in_terminal(answers, _SOURCE, _visits(folder), "--as", "engagement")
    return found | {"engagement": visits}


def _ask(warehouse: Warehouse, query: str) -> list[tuple]:
    with psycopg.connect(warehouse.url("transformer")) as connection:
        return connection.execute(query).fetchall()


def test_targets_are_those_of_the_file(outputs: dict[str, str], folder: Path, warehouse: Warehouse) -> None:
    plan = folder / "maker" / "Umsatzplan.csv"
    total = _sum(plan, "Planumsatz")
    assert f"144 targets, sales_target {total:,.2f} EUR, from 2025-01-01 to 2026-12-01" in outputs["targets"]
    query = "select sum(local_sales_target) from core.fct_sales_target where company = 'Maker'"
    assert _ask(warehouse, query) == [(total,)]
    assert _ask(warehouse, f"{query} and country_key = 'at' and target_month = '2026-05-01'") == [
        (_sum(plan, "Planumsatz", Monat="2026-05", Land="Österreich"),)
    ]
    assert "no currency" not in outputs["targets"]
    assert "maker/Umsatzplan" not in outputs["targets"] and "not in the files: company" in outputs["targets"]


def test_stock_is_that_of_the_last_day(outputs: dict[str, str], folder: Path, warehouse: Warehouse) -> None:
    stock = folder / "trader" / "Bestandsliste.csv"
    on_hand, on_order = (
        _sum(stock, name, "latin-1", Stichtag="14.03.2026") for name in ("Bestand", "Bestellt")
    )
    assert (
        f"224 counts of stock, on_hand {on_hand:,.2f}, on_order {on_order:,.2f} on the last day,"
        " from 2026-03-01 to 2026-03-14" in outputs["inventory"]
    )
    assert "no reorder points: the reorder status may be Unknown" in outputs["inventory"]
    columns = "location, sum(on_hand), sum(safety_stock)"
    rows = _ask(
        warehouse,
        f"select {columns} from staging.stg_trader_bestandsliste__inventory group by 1 order by 1",
    )
    assert rows == [
        (
            place,
            *(_sum(stock, name, "latin-1", Lager=place) for name in ("Bestand", "Sicherheitsbestand")),
        )
        for place in ("100", "200")
    ]
    assert _ask(
        warehouse, "select sum(on_hand) from core.fct_inventory_snapshot where company = 'Trader'"
    ) == [(_sum(stock, "Bestand", "latin-1"),)]


def test_engagement_is_taken_in_a_conversation(
    outputs: dict[str, str], folder: Path, warehouse: Warehouse
) -> None:
    output, visits = outputs["engagement"], folder / "webshop" / "analytics.csv"
    assert "as in: visits = new_sessions + returning_sessions" in output
    assert "by you" in output and "no responses: they are not shown" in output
    totals = [_sum(visits, name) for name in ("Sessions", "Engaged sessions")]
    assert "56 rows of engagement, visits {:,}, engaged_visits {:,}, from".format(*totals) in output
    assert _ask(
        warehouse,
        "select sum(visits), sum(engaged_visits), sum(responses) from core.fct_engagement"
        " where company = 'Webshop'",
    ) == [(*totals, None)]


def test_all_layers_agree(outputs: dict[str, str], warehouse: Warehouse) -> None:
    rows = _ask(
        warehouse,
        "select source, bool_and(is_reconciled) from ops.kpi_reconciliation"
        " where source ~ '^(maker|trader|webshop)[.]' group by source order by source",
    )
    assert rows == [
        ("maker.umsatzplan", True),
        ("trader.bestandsliste", True),
        ("webshop.analytics", True),
    ]


def test_dashboards_that_show_it_are_named(outputs: dict[str, str]) -> None:
    assert "/superset/dashboard/executive-overview/" in outputs["targets"]
    assert "/superset/dashboard/inventory/" in outputs["inventory"]
    assert "/superset/dashboard/customer-engagement/" in outputs["engagement"]


@pytest.mark.parametrize(
    ("kind", "missing", "needs"),
    [
        ("sales", "sale_date and sales", "sales needs a date and an amount, or a quantity and a price"),
        ("targets", "target_month and sales_target", "targets needs a month and an amount"),
        ("inventory", "stock_date and on_hand", "stock needs a day and units in stock"),
        (
            "engagement",
            "engagement_date and active_customers or visits or engaged_visits or responses",
            "engagement needs a day, and active customers, visits, engaged visits or responses",
        ),
    ],
)
def test_a_file_without_what_is_needed_is_refused(
    checkout: Checkout, outputs: dict[str, str], tmp_path: Path, kind: str, missing: str, needs: str
) -> None:
    before = checkout.contracts()
    path = tmp_path / "people.csv"
    path.write_text("name,town\nAda,London\nGrace,New York\n")
    output = checkout.run(_SOURCE, path, "--as", kind, "--yes", code=1)
    assert f"nothing was found for {missing} in {path}, whose columns are name, town." in output
    assert "without YES=1, you can say which column it is" in output and f"A file of {needs}." in output
    assert checkout.contracts() == before


def test_another_kind_is_refused_with_those_there_are(
    checkout: Checkout, outputs: dict[str, str], folder: Path
) -> None:
    plan = folder / "maker" / "Umsatzplan.csv"
    said = "AS=target: it must be one of engagement, inventory, sales, targets; did you mean 'targets'?"
    assert said in checkout.run(_SOURCE, plan, "--as", "target", "--yes", code=2)


def test_what_is_mapped_is_not_proposed_again(
    checkout: Checkout, outputs: dict[str, str], folder: Path
) -> None:
    before, plan = checkout.contracts(), folder / "maker" / "Umsatzplan.csv"
    output = checkout.run(_SOURCE, plan, "--as", "targets", "--yes")
    assert "maker/umsatzplan.targets.yaml maps already" in output and "nothing to build" in output
    assert checkout.contracts() == before


def test_a_canonical_model_needs_no_python(
    checkout: Checkout, outputs: dict[str, str], tmp_path: Path
) -> None:
    path = checkout.folder / "dbt_project" / "canonical" / "complaints.yaml"
    path.write_text(
        """
feeds:
  {title: Complaints, day: complained_on, fact: fct_complaints, count: complaints, figures: [complaints]}
intake:
  as: complaints
  rows: [complaint, complaints]
  needs: a day and a number
  example: complaints = claims
  totals: [complaints]
  shown: [complained_on, complaints]
columns:
  - {name: complained_on, kind: date, type: date, required: true, description: Day., names: date}
  - name: complaints
    kind: number
    type: numeric(18, 0)
    required: true
    description: Number.
    names: claims
"""
    )
    (tmp_path / "c.csv").write_text("Date,Claims\n2026-01-01,3\n2026-01-02,4\n")
    try:
        output = checkout.run("tradewind.mapping", "propose", tmp_path / "c.csv", "--as", "complaints")
    finally:
        path.unlink()
    assert "claims" in output and "2026-01-02" in output
