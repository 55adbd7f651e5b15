"""The published Financial Sample through loader and models: correct to the cent, by two independent sums."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import periods
import pytest

from tests.oracle import MEASURES, read_published
from tradewind.insight.command import show
from tradewind.insight.history import add_months
from tradewind.insight.metrics import read_metrics
from tradewind.insight.published import behind, read_history
from tradewind.settings import Settings

TOTALS = {
    "units_sold": "1125806",
    "gross_sales": "127931598.50",
    "discounts": "9205248.27",
    "sales": "118726350.29",
    "cogs": "101832648.00",
    "profit": "16893702.29",
}
SALES_BY_COUNTRY = {
    "USA": "25029830.18",
    "Canada": "24887654.89",
    "France": "24354172.29",
    "Germany": "23505340.82",
    "Mexico": "20949352.11",
}
PROFIT_BY_SEGMENT = {
    "Government": "11388173.18",
    "Small Business": "4143168.50",
    "Channel Partners": "1316803.14",
    "Midmarket": "660103.09",
    "Enterprise": "-614545.62",
}
MARTS = ["mart_sales_monthly", "mart_sales_daily"]
GRAIN = {"month": "month", "Country": "country", "Segment": "segment", "Product": "product"}


@pytest.fixture(scope="module")
def csv(published_data):
    return published_data / "financial_sample" / "Financials.csv"


@pytest.fixture(scope="module")
def workbook(published_data):
    return published_data / "financial_sample" / "Financial Sample.xlsx"


@pytest.fixture(scope="module")
def dbt_state(tmp_path_factory):
    """Nothing is parsed and no unit test has passed yet: the first build does all that there is to do."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module", autouse=True)
def loaded_csv(csv, take, build):
    take(csv)
    outcome = build()
    assert outcome.returncode == 0, outcome.stdout
    assert outcome.stdout.endswith("0 warnings, published\n")


def test_the_first_build_runs_every_unit_test(ask, dbt_state):
    manifest = json.loads((dbt_state / "dbt" / "manifest.json").read_text())
    wanted = {each["name"] for each in manifest["unit_tests"].values()}
    found = ask("select test_name, status from ops.test_results where kind = 'unit'", role="transformer")
    assert len(wanted) > 70
    assert dict(found) == dict.fromkeys(wanted, "pass")


@pytest.mark.parametrize("mart", MARTS)
def test_totals(ask, mart):
    sums = ", ".join(f"sum({measure})" for measure in TOTALS)
    (found,) = ask(f"select {sums} from marts.{mart}")
    assert dict(zip(TOTALS, found, strict=True)) == {name: Decimal(total) for name, total in TOTALS.items()}


@pytest.mark.parametrize("mart", MARTS)
def test_sales_by_country(ask, mart):
    found = dict(ask(f"select country, sum(sales) from marts.{mart} group by country"))
    assert found == {name: Decimal(total) for name, total in SALES_BY_COUNTRY.items()}


@pytest.mark.parametrize("mart", MARTS)
def test_profit_by_segment(ask, mart):
    found = dict(ask(f"select segment, sum(profit) from marts.{mart} group by segment"))
    assert found == {name: Decimal(total) for name, total in PROFIT_BY_SEGMENT.items()}


def test_every_cell_equals_an_independent_sum(ask, csv):
    frame = read_published(csv)
    expected = {
        (*keys, band): tuple(cell[name].sum() for name in MEASURES.values())
        for (*keys, band), cell in frame.groupby([*GRAIN, "Discount Band"])
    }
    columns = ", ".join([*GRAIN.values(), "discount_band", *MEASURES.values()])
    found = {row[:5]: row[5:] for row in ask(f"select {columns} from marts.mart_sales_monthly")}
    assert len(found) == len(expected) > 300
    assert found == expected


def test_growth_by_an_independent_sum(ask, csv):
    sums = read_published(csv).groupby(["month", "Country", "Segment"])["sales"].sum().to_dict()
    months = sorted({month for month, *_ in sums})
    markets = {key[1:] for key in sums}

    def sold(place: int, market: tuple[str, str]) -> Decimal | None:
        return sums.get((months[place], *market), Decimal(0)) if place >= 0 else None

    expected = {
        (month, *market): (sold(place, market), sold(place - 1, market), sold(place - 12, market))
        for place, month in enumerate(months)
        for market in markets
    }
    columns = "month, country, segment, sales, sales_previous_month, sales_previous_year"
    found = {row[:3]: row[3:] for row in ask(f"select {columns} from marts.mart_sales_trend")}
    assert len(months) == 16
    assert found == expected


def test_status_and_reconciliation(ask):
    status = ask(
        "select files, rows_read, rows_loaded, rows_rejected, is_sample, is_reconciled, data_from::text,"
        " data_as_of::text from marts.mart_data_status"
    )
    assert status == [(1, 700, 700, 0, False, True, "2013-09-01", "2014-12-01")]
    layers = ask(
        "select kpi, raw_total, mart_total from ops.kpi_reconciliation where source = 'sales.transactions'",
        role="transformer",
    )
    expected = TOTALS | {"sales_lines": "700"}
    assert set(layers) == {(kpi, Decimal(total), Decimal(total)) for kpi, total in expected.items()}


def test_a_row_of_the_fact_leads_back_to_its_file(ask, csv):
    (file_name, line, sales) = ask(
        "select file_name, file_line, sales from core.fct_sales join ops.loads using (load_id)"
        " where sales_line_id = '1-7'",
        role="transformer",
    )[0]
    assert (file_name, line, sales) == ("Financials.csv", 7, Decimal("529550"))
    assert "$5,29,550.00" in csv.read_text().splitlines()[line - 1]


def test_the_forecast_is_the_mean_and_says_that_there_is_no_season(warehouse, csv, capsys, tmp_path):
    settings = Settings.load(warehouse.environment())
    assert show(settings, "total_sales", "", None) == 0
    shown = capsys.readouterr().out
    assert "16 whole months, to December 2014" in shown
    assert "too short for a season" in shown
    months = read_published(csv).groupby("month")["sales"].sum()
    mean = months.sum() / len(months)
    assert re.findall(r"2015-\d\d +([\d,]+)", shown) == [f"{mean:,.0f}"] * 12

    table = tmp_path / "sales.csv"
    assert show(settings, "total_sales", "", table) == 0
    found = pd.read_csv(table, dtype=str, keep_default_na=False)
    assert set(found["remark"]) == {"too short for a season"}
    assert set(found["history_to"]) == {"2014-12-01"}
    for _, of_month in found.groupby("month"):
        sums = of_month.groupby("level")["forecast"].agg(lambda each: sum(map(Decimal, each)))
        assert len(sums) == 5
        assert len(set(sums)) == 1
    total = found[found["level"] == "total"].iloc[0]
    assert abs(Decimal(total["forecast"]) - mean) < Decimal("0.001")
    assert Decimal(total["lower_95"]) < months.iloc[-1] < Decimal(total["upper_95"])


def test_the_last_whole_month_is_that_of_the_periods_of_dashboards(warehouse, ask):
    history = read_history(read_metrics()["profit"], Settings.load(warehouse.environment()))
    ((last_day,),) = ask(periods._SALES_END)
    assert add_months(history.last_month, 1) == last_day + timedelta(days=1)


def test_a_company_whose_figures_end_early_is_named(warehouse):
    settings, profit = Settings.load(warehouse.environment()), read_metrics()["profit"]
    assert behind(profit, date(2014, 12, 1), settings) == {}
    assert list(behind(profit, date(2015, 1, 1), settings).values()) == [date(2014, 12, 1)]


def test_what_is_not_forecast_is_said(warehouse, capsys):
    settings = Settings.load(warehouse.environment())
    assert show(settings, "profit_margin", "", None) == 2
    assert show(settings, "profit", "colour", None) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first == (
        "error: there is no forecast of 'profit_margin'; there are profit, total_sales, units_sold"
    )
    assert second == (
        "error: profit is not forecast by colour;"
        " it is by nothing, country, segment, product, country,segment"
    )


def test_the_workbook_restates_and_does_not_count_twice(ask, take, build, workbook):
    take(workbook)
    assert build().returncode == 0
    (found,) = ask("select sum(sales), sum(profit), sum(sales_lines) from marts.mart_sales_monthly")
    assert (round(found[0], 2), round(found[1], 2)) == (Decimal("118726350.26"), Decimal("16893702.26"))
    assert found[2] == 700
    frame = read_published(workbook)
    assert found[:2] == (frame["sales"].sum(), frame["profit"].sum())
