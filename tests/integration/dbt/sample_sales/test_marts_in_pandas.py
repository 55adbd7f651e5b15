"""Marts and their metrics as pandas frames."""

import json
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy import column, func, select, text
from sqlalchemy.exc import DBAPIError

from tradewind import definitions
from tradewind.marts import (
    UnknownNameError,
    engine,
    mart,
    mart_chunks,
    marts,
    metadata,
    metric,
    metrics,
    table,
)
from tradewind.settings import ROOT, Settings

MONTHLY = "mart_sales_monthly"


@pytest.fixture(scope="module")
def settings(warehouse):
    return Settings.load(warehouse.environment())


def test_a_mart_is_a_frame_of_exact_amounts(settings, ask):
    frame = mart(MONTHLY, settings)
    assert isinstance(frame["sales"].iloc[0], Decimal)
    found = frame.groupby("country")["sales"].sum().to_dict()
    assert found == dict(ask("select country, sum(sales) from marts.mart_sales_monthly group by country"))


@pytest.mark.parametrize("equal", [{}, {"country": "Nowhere"}])
def test_types_do_not_depend_on_the_rows(settings, equal):
    frame = mart(MONTHLY, settings, columns=["month", "country", "sales", "sales_lines"], **equal)
    assert list(map(str, frame.dtypes)) == ["datetime64[us]", "str", "object", "Int64"]


def test_chosen_columns_and_rows(settings, ask):
    frame = mart(MONTHLY, settings, columns=["sales", "country"], country=["Canada", "France"])
    assert list(frame.columns) == ["sales", "country"]
    of_two = "select count(*) from marts.mart_sales_monthly where country in ('Canada', 'France')"
    assert [(len(frame),)] == ask(of_two)
    assert len(mart(MONTHLY, settings, limit=3)) == 3
    assert mart(MONTHLY, settings, segment=None).empty


@pytest.mark.parametrize("reflected", [True, False])
def test_expressions(settings, ask, reflected):
    """With the reflected table, or with columns by name only."""
    c = table(MONTHLY, settings).c if reflected else {each: column(each) for each in ("sales", "month")}
    conditions = [c["sales"] > 1000, c["month"] >= date(2014, 6, 1)]
    query = "select count(*) from marts.mart_sales_monthly where sales > 1000 and month >= '2014-06-01'"
    assert [(len(mart(MONTHLY, settings, where=conditions)),)] == ask(query)
    one = mart(MONTHLY, settings, where=conditions[0], country="Canada")
    assert (one["sales"] > 1000).all()
    assert set(one["country"]) == {"Canada"}


def test_an_expression_that_refers_to_another_mart(settings):
    daily = table("mart_sales_daily", settings)
    largest = select(func.max(daily.c.sales)).scalar_subquery()
    found = mart(MONTHLY, settings, where=column("sales") >= largest)
    assert len(found) == (mart(MONTHLY, settings)["sales"] >= mart(daily.name, settings)["sales"].max()).sum()


def test_a_mart_in_parts(settings):
    whole = mart(MONTHLY, settings, columns=["sales", "month"])
    parts = list(mart_chunks(MONTHLY, settings, rows=50, columns=["sales", "month"]))
    assert {len(part) for part in parts[:-1]} == {50}
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)


def test_the_list_of_marts(settings, ask):
    found = marts(settings).set_index("name")
    names = ask("select tablename from pg_tables where schemaname = 'marts' order by tablename")
    assert [(name,) for name in found.index] == names
    monthly = found.loc[MONTHLY]
    assert monthly["description"].startswith("Sales by month")
    assert ask("select count(*), max(month) from marts.mart_sales_monthly") == [
        (monthly["rows"], monthly["data_as_of"].date())
    ]


def test_a_metric_is_a_ratio_of_sums(settings, ask):
    found = metric(MONTHLY, "profit_margin", settings, by=["country"])
    expected = ask(
        "select country, sum(profit) / sum(sales) from marts.mart_sales_monthly group by 1 order by 1"
    )
    assert list(found.itertuples(index=False, name=None)) == expected
    (canada,) = metric(MONTHLY, ["profit_margin", "total_sales"], settings, country="Canada").itertuples(
        index=False
    )
    assert canada.profit_margin == dict(expected)["Canada"]
    assert isinstance(canada.total_sales, Decimal)


def test_every_metric_can_be_computed(settings):
    """In one query per mart: the database refuses none."""
    for name, defined in definitions.read_marts().items():
        found = metric(name, list(defined.metrics), settings)
        assert list(found.columns) == list(defined.metrics)
        assert len(found) == 1


def test_definitions_equal_those_of_dbt(settings, dbt_state):
    """Definitions read from the YAML equal those in dbt's manifest."""
    manifest = json.loads((dbt_state / "dbt" / "manifest.json").read_text())
    models = [each for each in manifest["nodes"].values() if each["resource_type"] == "model"]
    told = {
        each["name"]: {
            item["name"]: " ".join(item["expression"].split())
            for item in each["config"]["meta"].get("superset", {}).get("metrics", [])
        }
        for each in models
        if each["schema"] == "marts_next"
    }
    defined = definitions.read_marts()
    assert told == {
        name: {item.name: item.expression for item in each.metrics.values()} for name, each in defined.items()
    }
    assert len(metrics()) == sum(map(len, told.values())) > 0
    assert set(metrics(MONTHLY)["mart"]) == {MONTHLY}


def test_tables_are_the_published_ones(settings, ask):
    names = ask("select 'marts.' || tablename from pg_tables where schemaname = 'marts'")
    assert {(name,) for name in metadata(settings).tables} == set(names)
    assert str(table(MONTHLY, settings).c.sales.type) == "NUMERIC(18, 4)"


@pytest.mark.parametrize("statement", ["delete from marts.mart_sales_monthly", "table core.fct_sales"])
def test_nothing_is_written_or_read_elsewhere(settings, statement):
    refused = pytest.raises(DBAPIError, match=r"read-only transaction|permission denied")
    with engine(settings).begin() as connection, refused:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("ask_for", "message"),
    [
        (
            lambda s: mart("mart_sale_monthly", s),
            "no mart mart_sale_monthly; did you mean mart_sales_monthly",
        ),
        (lambda s: mart("zzz", s), "there is no mart zzz; there are mart_"),
        (lambda s: mart(MONTHLY, s, columns=["slaes"]), "no column slaes in .*; did you mean sales?"),
        (lambda s: mart(MONTHLY, s, contry="Canada"), "no column contry in .*; did you mean country or"),
        (lambda s: mart(MONTHLY, s, where=column("contry") == "x"), "did you mean country"),
        (lambda s: list(mart_chunks("mart_sale_monthly", s)), "did you mean mart_sales_monthly"),
        (lambda s: table("mart_sale_monthly", s), "did you mean mart_sales_monthly"),
        (lambda s: metrics("mart_sale_monthly"), "did you mean mart_sales_monthly"),
        (lambda s: metric(MONTHLY, "profit_margn", s), "no metric profit_margn in .*; did you mean profit_m"),
        (lambda s: metric(MONTHLY, "profit_margin", s, by="contry"), "did you mean country"),
    ],
)
def test_an_unknown_name(settings, ask_for, message):
    with pytest.raises(UnknownNameError, match=message):
        ask_for(settings)


def test_a_metric_of_a_column_that_is_not_published_yet(settings, monkeypatch):
    new = definitions.Metric("new", "SUM(new_column)", "New", "", None, None, None)
    defined = {MONTHLY: definitions.Mart(MONTHLY, "", None, {"new": new})}
    monkeypatch.setattr(definitions, "read_marts", lambda: defined)
    with pytest.raises(UnknownNameError, match=r'published before.*"new_column" does not exist'):
        metric(MONTHLY, "new", settings)


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_snippets_of_the_docs_run_word_for_word(settings, page):
    snippets = re.findall(r"^```python\n(.+?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    assert snippets
    outcome = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(snippets)],
        cwd=ROOT,
        env=dict(settings.values),
        capture_output=True,
        text=True,
    )
    assert outcome.returncode == 0, outcome.stderr
