"""The published Financial Sample through loader and models: correct to the cent, by two independent sums."""

import json
import random
import re
from csv import DictReader
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import periods
import psycopg
import pytest

import tradewind.__main__
from tests.integration.dbt.traced import cells_add_up, random_cells, traced
from tests.oracle import MEASURES, read_published
from tradewind.insight.command import show
from tradewind.insight.history import add_months
from tradewind.insight.metrics import read_metrics
from tradewind.insight.published import behind, read_history
from tradewind.settings import Settings
from tradewind.trace.errors import TraceError
from tradewind.trace.follow import Trace

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
    assert show(settings, "Sales", "", None) == 0
    shown, warned = capsys.readouterr()
    assert warned == ""
    assert "16 whole months, to December 2014" in shown
    assert "too short for a season" in shown
    months = read_published(csv).groupby("month")["sales"].sum()
    mean = months.sum() / len(months)
    assert re.findall(r"2015-\d\d +([\d,]+)", shown) == [f"{mean:,.0f}"] * 12

    table = tmp_path / "sales.csv"
    assert show(settings, "total_sales", "country", table) == 0
    shown = capsys.readouterr().out
    assert "Sales by country" in shown
    assert shown.endswith(f" rows in {table}\n")
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
    ((last_day, last_with_sales),) = ask(periods._SALES_END)
    assert add_months(history.last_month, 1) == last_day + timedelta(days=1)
    assert last_with_sales == date(2014, 12, 1)


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
        "error: profit is not forecast by colour; --by takes country; segment; product; country,segment;"
        " or leave it out for the total"
    )


def _shown(cell):
    """A cell's number as a person reads it."""
    text = str(cell).strip().replace("$", "").replace(",", "").strip()
    sign = -1 if text.startswith("(") else 1
    # a workbook holds binary numbers: the cell shows 772.80, but the file holds 772.8000000000001
    return Decimal(0) if text == "-" else sign * Decimal(text.strip("()")).quantize(Decimal("0.0001"))


def _random_cells_add_up(ask, warehouse, seed):
    """Cells of the monthly mart: each figure is the sum of the cells of the lines that its trace names."""
    chance = random.Random(seed)
    rows = ask("select month, country, segment, product from marts.mart_sales_monthly group by 1, 2, 3, 4")
    for month, *place in random_cells(chance, rows, 15):
        # of one dimension, of two, or of all
        names = chance.sample(["country", "segment", "product"], chance.randint(0, 3))
        wanted = dict(zip(["country", "segment", "product"], place, strict=True))
        conditions = [f"{name}={wanted[name]}" for name in names]
        header, measure = chance.choice(list(MEASURES.items()))
        found = traced(warehouse, measure, f"month={month:%Y-%m}", *conditions)
        where = " and ".join(["month = %s", *(f"{name} = '{wanted[name]}'" for name in names)])
        ((shown,),) = ask(
            f"select sum({measure}) from marts.mart_sales_monthly where " + where.replace("%s", f"'{month}'")
        )
        assert found.trace.adds_up
        assert shown == found.trace.value == found.trace.traced == cells_add_up(found, header, _shown)
        assert len(found.lines) == len({(load.load_id, line.number) for _, load, line in found.lines}) > 0


def test_random_cells_are_the_sums_of_the_lines_that_their_traces_name(ask, warehouse):
    _random_cells_add_up(ask, warehouse, 1)


def test_a_trace_shows_what_the_file_says_beside_what_was_loaded(warehouse):
    found = traced(warehouse, "Sales", "country=canada", "month=2014-01", "product=Paseo")
    (file,) = found.trace.sums[0].files
    assert file.load.file_name == "Financials.csv" and not file.notes
    (cell,) = file.shown[0].cells
    assert cell.header.strip() == "Sales" and cell.written.strip().startswith("$")
    assert _shown(cell.written) == Decimal(cell.loaded) == file.shown[0].value


def test_a_ratio_is_traced_as_its_two_sums(ask, warehouse):
    found = traced(warehouse, "profit_margin", "segment=Enterprise", "quarter=2014-Q1")
    profit, sales = found.trace.sums
    assert [str(each.sum) for each in found.trace.sums] == ["SUM(profit)", "SUM(sales_with_profit)"]
    assert found.trace.adds_up and found.trace.value < 0
    assert profit.file_total == sum(
        _shown(line.cells[0].written) for _, line in found.lines_of("SUM(profit)")
    )
    assert sales.fact_lines == profit.fact_lines >= sales.mart_rows > 0
    ((margin,),) = ask(
        "select sum(profit) / sum(sales_with_profit) from marts.mart_sales_monthly"
        " where segment = 'Enterprise' and month between '2014-01-01' and '2014-03-01'"
    )
    assert found.trace.traced == margin


@pytest.mark.parametrize(
    ("name", "mart"), [("total_sales", "mart_executive_summary"), ("profit", "mart_sales_trend")]
)
def test_pages_that_compare_months_are_traced_too(warehouse, name, mart):
    found = traced(warehouse, name, "country=Germany", "year=2014", mart=mart).trace
    assert found.adds_up and found.figure.mart.name == mart and found.sums[0].fact_lines > 50


@pytest.fixture
def command(warehouse, monkeypatch, capsys):
    """Run `python -m tradewind trace …`; gives its exit code and what it prints."""
    for name, value in warehouse.environment().items():
        monkeypatch.setenv(name, value)

    def run(*words):
        code = tradewind.__main__.main(["trace", *map(str, words)])
        return code, capsys.readouterr()

    return run


def dictreader(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from DictReader(file)


def test_the_command_prints_each_step_and_writes_all_lines(command, csv, tmp_path):
    lines = tmp_path / "lines.csv"
    code, said = command("sales", "country=Canada", "month=2014-01", "--lines", 3, "--csv", lines)
    assert code == 0
    rows = list(dictreader(lines))
    whole = f"{sum(Decimal(row['Adds']) for row in rows):,.2f}"
    assert said.out.startswith(f"Sales, country=Canada month=2014-01: {whole} USD\n")
    assert "Shown by Executive overview: " in said.out
    assert f"It adds up: the lines make {whole}, the dashboard shows {whole}." in said.out
    assert f"… {len(rows) - 3} more lines of Financials.csv" in said.out
    assert f"{len(rows)} lines in {lines}" in said.out
    text = csv.read_text().splitlines()
    for row in rows:
        assert row["Cells in the file"].partition(": ")[2].strip() in text[int(row["Line"]) - 1]

    code, said = command("sales", "country=Canada", "month=2014-01", "--json")
    found = json.loads(said.out)
    assert (code, found["adds_up"], len(found["lines"])) == (0, True, len(rows))
    assert command("sales", "country=Nowhere")[0] == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["salse"], "there is no metric 'salse'; did you mean Sales?"),
        (
            ["sales", "contry=Canada"],
            "there is no dimension 'contry' of mart_sales_monthly; did you mean country?",
        ),
        (
            ["sales", "country=Cananda"],
            "there is no country 'Cananda' in mart_sales_monthly; did you mean Canada?",
        ),
        (["sales", "Canada"], "'Canada' is not a condition"),
        (["sales", "month=2014"], "'2014' is not a month: write it as month=2014-01"),
        (["sales", "month=2014-13"], "'2014-13' is not a month"),
        (
            ["sales", "year=2020"],
            "no row of mart_sales_monthly matches year=2020: its rows run from 2013-09-01",
        ),
        (["sales_target"], "sales_target of mart_executive_summary cannot be traced"),
        (["sales_rank"], "RANK() OVER (ORDER BY SUM(sales) DESC) is not a sum of lines"),
        (["on_hand"], "rows of mart_stock_health are not sums of single lines of files"),
    ],
)
def test_what_cannot_be_traced_is_said(warehouse, asked, said):
    with pytest.raises(TraceError) as error:
        traced(warehouse, *asked)
    assert said in str(error.value)


def test_what_is_named_twice_may_have_either_value(warehouse):
    def sales(*months: str) -> Trace:
        return traced(warehouse, "sales", "country=Canada", *(f"month={month}" for month in months)).trace

    both, each = sales("2014-01", "2014-02"), [sales("2014-01"), sales("2014-02")]
    assert both.adds_up
    assert both.value == each[0].value + each[1].value


def test_the_workbook_restates_and_does_not_count_twice(ask, take, build, workbook):
    take(workbook)
    assert build().returncode == 0
    (found,) = ask("select sum(sales), sum(profit), sum(sales_lines) from marts.mart_sales_monthly")
    assert (round(found[0], 2), round(found[1], 2)) == (Decimal("118726350.26"), Decimal("16893702.26"))
    assert found[2] == 700
    frame = read_published(workbook)
    assert found[:2] == (frame["sales"].sum(), frame["profit"].sum())


def test_random_cells_after_a_restatement_are_sums_of_the_workbook_alone(ask, warehouse):
    _random_cells_add_up(ask, warehouse, 2)
    found = traced(warehouse, "sales")
    assert found.trace.adds_up and found.trace.sums[0].fact_lines == 700
    assert {load.file_name for _, load, _ in found.lines} == {"Financial Sample.xlsx"}


def test_a_file_that_is_gone_or_changed_is_traced_to_what_was_loaded(warehouse, tmp_path):
    with psycopg.connect(warehouse.url("owner")) as connection:
        connection.execute("update ops.loads set path = %s where load_id = 2", [str(tmp_path / "gone.xlsx")])
    found = traced(warehouse, "sales", "month=2014-01").trace
    (file,) = found.sums[0].files
    assert found.adds_up and "is not at" in file.notes[0]
    assert {cell.written for line in file.shown for cell in line.cells} == {None}
    (tmp_path / "gone.xlsx").write_bytes(b"something else")
    (file,) = traced(warehouse, "sales", "month=2014-01").trace.sums[0].files
    assert "was changed" in file.notes[0]


def test_a_figure_that_does_not_add_up_is_found(warehouse, command):
    """A line that the mart lost, and one that the raw table has otherwise than the fact."""
    with psycopg.connect(warehouse.url("owner")) as connection:
        connection.execute(
            "update marts.mart_sales_monthly set sales = sales - 1 where country = 'Canada'"
            " and month = '2014-01-01'"
        )
        connection.execute(
            "update staging.raw_sales_transactions set profit = profit + 1 where _load_id = 2 and _line = 2"
        )
    lost = traced(warehouse, "sales", "country=Canada", "month=2014-01").trace
    assert not lost.adds_up and lost.sums[0].fact_total == lost.sums[0].file_total > lost.value
    code, said = command("sales", "country=Canada", "month=2014-01")
    assert code == 1 and "It does not add up" in said.out and "The last build may have failed" in said.out
    other = traced(warehouse, "profit", "month=2014-01").trace
    assert not other.adds_up and other.sums[0].mart_total == other.sums[0].fact_total
    assert "line 2: its cells make" in other.sums[0].files[0].faults[0]
