"""Engagement, stock and targets beside the published sales, compared with independent sums over the files."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pandas as pd
import pytest
import yaml

from tests.integration.dbt.traced import cells_add_up, traced
from tests.oracle import read_published
from tradewind.settings import ROOT
from tradewind.trace.errors import TraceError

DATASETS = ROOT / "superset" / "assets" / "datasets" / "warehouse"
MARTS = ["mart_engagement_monthly", "mart_stock_daily", "mart_stock_health", "mart_executive_summary"]
SHORT = {"United States of America": "USA"}
DEMAND_DAYS = 90
THRESHOLD = Decimal(2_000_000)

ENGAGEMENT = """\
Date,Country,Segment,Active Customers,Visits,Engaged Visits,Responses
2014-01-06,Canada,Midmarket,10,40,8,2
2014-01-06,Canada,Government,20,80,30,4
2014-01-07,Canada,Midmarket,99,99,99,99
2014-02-03,Canada,Midmarket,13,50,9,1
2014-02-28,United States of America,Enterprise,7,11,3,0
2015-01-02,Mexico,Small Business,5,9,0,1
"""
#: Canada's January again, with another segment; its February and the other countries stay.
ENGAGEMENT_AGAIN = """\
Date,Country,Segment,Active Customers,Visits,Engaged Visits,Responses
2014-01-06,Canada,Midmarket,11,41,9,3
2014-01-31,Canada,Channel Partners,6,12,6,0
"""
INVENTORY = """\
Date,Country,Product,On Hand,On Order,Reorder Point,Safety Stock
2014-06-01,Canada,Paseo,5000,0,400,100
2014-06-28,Canada,Velo,300,0,400,100
2014-06-28,Canada,Nova,80,0,20,5
2014-06-30,Canada,Paseo,1,0,400,100
2014-06-30,Canada,Montana,1,0,400,100
2014-06-30,France,Paseo,-20.5,500,400,100
2014-07-01,France,Amarilla,400,0,400,100
2014-08-29,Mexico,VTT,400,0.5,400,100
2013-01-31,Mexico,VTT,700,0,400,100
"""
#: Canada's 30 June again; the counts of other days stay.
INVENTORY_AGAIN = """\
Date,Country,Product,On Hand,On Order,Reorder Point,Safety Stock
2014-06-30,Canada,Paseo,4200.25,10,400,100
2014-06-30,Canada,Montana,0,900,400,100
"""
TARGETS = """\
Country,Segment,Month,Sales Target
Canada,Midmarket,2014-01,100000
Canada,Government,2014-01,50000.50
France,Enterprise,2012-12,7
Mexico,Enterprise,2030-01,1000
"""
TARGETS_AGAIN = """\
Country,Segment,Month,Sales Target
Canada,Midmarket,2014-01,120000.25
Canada,Midmarket,2014-02,90000
"""


@pytest.fixture(scope="module", autouse=True)
def loaded(published_data, take, build, tmp_path_factory):
    take(published_data / "financial_sample" / "Financials.csv")
    folder = tmp_path_factory.mktemp("files")
    files = (ENGAGEMENT, INVENTORY, TARGETS, ENGAGEMENT_AGAIN, INVENTORY_AGAIN, TARGETS_AGAIN)
    for number, text in enumerate(files):
        path = folder / f"{number}.csv"
        path.write_text(text)
        take(path)
    outcome = build()
    assert outcome.returncode == 0, outcome.stdout
    assert outcome.stdout.endswith("0 warnings, published\n")


def current(text: str, again: str, *key: str) -> pd.DataFrame:
    """Rows of both files that count: for each key the later file's row, if it has one."""
    first, second = (pd.read_csv(StringIO(part), dtype=str) for part in (text, again))
    of_day = first.assign(Day=first.get("Date"), Month=first.get("Month", first.get("Date")).str[:7])
    anew = second.assign(Day=second.get("Date"), Month=second.get("Month", second.get("Date")).str[:7])
    replaced = set(anew[list(key)].itertuples(index=False, name=None))
    kept = [row not in replaced for row in of_day[list(key)].itertuples(index=False, name=None)]
    rows = pd.concat([of_day[kept], anew], ignore_index=True)
    rows["Country"] = rows["Country"].replace(SHORT)
    rows["month"] = [date.fromisoformat(f"{month}-01") for month in rows["Month"]]
    return rows


@pytest.fixture(scope="module")
def engagement():
    rows = current(ENGAGEMENT, ENGAGEMENT_AGAIN, "Country", "Month")
    measures = ["Active Customers", "Visits", "Engaged Visits", "Responses"]
    return rows.astype(dict.fromkeys(measures, int))


@pytest.fixture(scope="module")
def counts():
    rows = current(INVENTORY, INVENTORY_AGAIN, "Country", "Day")
    rows["day"] = rows["Date"].map(date.fromisoformat)
    for name in ("On Hand", "On Order", "Reorder Point", "Safety Stock"):
        rows[name] = rows[name].map(Decimal)
    return rows.sort_values("day")


@pytest.fixture(scope="module")
def targets():
    rows = current(TARGETS, TARGETS_AGAIN, "Country", "Segment", "Month")
    return rows.assign(target=rows["Sales Target"].map(Decimal))


@pytest.fixture(scope="module")
def sales(published_data):
    """The published sales; each is dated the first day of its month."""
    return read_published(published_data / "financial_sample" / "Financials.csv")


@pytest.fixture(scope="module")
def metric(ask):
    """Evaluate a metric as the dataset defines it."""

    def run(mart: str, name: str, where: str = "true"):
        definition = yaml.safe_load((DATASETS / f"{mart}.yaml").read_text())
        (expression,) = (m["expression"] for m in definition["metrics"] if m["metric_name"] == name)
        return ask(f"select {expression} from marts.{mart} where {where}")[0][0]

    return run


def test_engagement_is_shown_beside_sales(ask, engagement, sales):
    expected = {
        key: [0, None, None, None, None, cell["sales"].sum(), cell["profit"].sum()]
        for key, cell in sales.groupby(["month", "Country", "Segment"])
    }
    for key, cell in engagement.groupby(["month", "Country", "Segment"]):
        row = expected.setdefault(key, [0, *[None] * 4, Decimal(0), Decimal(0)])
        row[:5] = [
            cell["Date"].nunique(),
            *(cell[name].sum() for name in ("Active Customers", "Visits", "Engaged Visits", "Responses")),
        ]
    found = {
        row[:3]: list(row[3:])
        for row in ask(
            "select month, country, segment, days, active_customers, visits, engaged_visits, responses,"
            " sales, profit from marts.mart_engagement_monthly"
        )
    }
    assert found == expected
    assert found[date(2015, 1, 1), "Mexico", "Small Business"][-2:] == [0, 0]


def demand(sales, country: str, product: str, day: date) -> Decimal:
    first = day - timedelta(days=DEMAND_DAYS - 1)
    sold = sales[
        (sales["Country"] == country) & (sales["Product"] == product) & sales["month"].between(first, day)
    ]
    return (Decimal(sold["units_sold"].sum()) / DEMAND_DAYS).quantize(Decimal("0.000001"))


def test_every_count_has_the_demand_up_to_its_day(ask, counts, sales):
    expected = {
        (row.Country, row.Product, row.day): (
            row["On Hand"],
            demand(sales, row.Country, row.Product, row.day),
        )
        for _, row in counts.iterrows()
    }
    found = {
        row[:3]: row[3:]
        for row in ask("select country, product, day, on_hand, daily_units from marts.mart_stock_daily")
    }
    assert found == expected
    assert sum(units > 0 for _, units in found.values()) > 3


def test_the_files_cover_both_sides_of_the_first_day_of_demand(sales):
    """The ninety days up to 28 June include the sales of 1 April, those up to 30 June do not."""
    before, after = (demand(sales, "Canada", "Velo", date(2014, 6, day)) for day in (28, 30))
    assert before > after


def test_the_latest_count_says_what_to_order(ask):
    found = ask(
        "select country, product, day::text, days_behind, on_hand, reorder_status, reorder_quantity"
        " from marts.mart_stock_health order by country, product"
    )
    assert found == [
        ("Canada", "Montana", "2014-06-30", 0, 0, "Out of stock", 0),
        ("Canada", "Nova", "2014-06-28", 2, 80, "No demand", 0),
        ("Canada", "Paseo", "2014-06-30", 0, Decimal("4200.25"), "Enough", 0),
        ("Canada", "Velo", "2014-06-28", 2, 300, "Reorder", 400),
        ("France", "Amarilla", "2014-07-01", 0, 400, "Reorder", 300),
        ("France", "Paseo", "2014-06-30", 1, Decimal("-20.5"), "Out of stock", 0),
        ("Mexico", "VTT", "2014-08-29", 0, 400, "On order", 0),
    ]


def test_days_of_cover(metric, sales):
    paseo = "country = 'Canada' and product = 'Paseo'"
    expected = Decimal("4200.25") / demand(sales, "Canada", "Paseo", date(2014, 6, 30))
    assert round(metric("mart_stock_health", "days_of_cover", paseo), 8) == round(expected, 8)
    assert metric("mart_stock_health", "days_of_cover", "product = 'Nova'") is None


def test_the_executive_summary(ask, engagement, counts, targets, sales):
    expected = {}

    def cell(key):
        return expected.setdefault(key, [Decimal(0)] * 3 + [None] * 5)

    for key, rows in sales.groupby(["month", "Country"]):
        cell(key)[:3] = [rows[name].sum() for name in ("sales", "profit", "units_sold")]
    for key, rows in engagement.groupby(["month", "Country"]):
        customers = rows.groupby("Segment")["Active Customers"].mean().sum()
        cell(key)[4:7] = [rows["Engaged Visits"].sum(), rows["Visits"].sum(), Decimal(str(customers))]
    for key, rows in counts.groupby(["month", "Country"]):
        cell(key)[7] = rows.groupby("Product")["On Hand"].last().sum()
    latest = max(month for month, _ in expected)
    for key, rows in targets[targets["month"] <= latest].groupby(["month", "Country"]):
        cell(key)[3] = rows["target"].sum()

    found = ask(
        "select month, country, sales, profit, units_sold, sales_target, engagement, visits,"
        " active_customers, inventory, is_high_sales, high_sales_months from marts.mart_executive_summary"
    )
    assert {row[:2]: list(row[2:10]) for row in found} == expected
    assert {row[:2]: row[10:] for row in found} == {
        key: (row[0] > THRESHOLD, int(row[0] > THRESHOLD)) for key, row in expected.items()
    }
    assert expected[date(2014, 1, 1), "Canada"][3] == Decimal("170000.75")
    assert sum(row[11] for row in found) == 13


def test_the_latest_target_counts(ask):
    found = ask(
        "select country_key, segment_key, target_month::text, sales_target from core.fct_sales_target"
        " where country_key = 'ca' order by target_month, segment_key",
        role="transformer",
    )
    assert found == [
        ("ca", "government", "2014-01-01", Decimal("50000.50")),
        ("ca", "midmarket", "2014-01-01", Decimal("120000.25")),
        ("ca", "midmarket", "2014-02-01", Decimal(90000)),
    ]


def test_a_product_known_only_from_stock_is_a_member(ask):
    found = ask(
        "select product, manufacturing_price from core.dim_product"
        " where product_key in ('nova', 'velo') order by product",
        role="transformer",
    )
    assert found == [("Nova", None), ("Velo", 120)]


def test_metrics_of_levels_do_not_add_up_months(metric):
    # June: 300 + 80 + 4200.25 + 0 in Canada, -20.5 in France; July: 400 in France
    months = "month in ('2014-06-01', '2014-07-01')"
    assert metric("mart_executive_summary", "inventory", months) == Decimal("2479.875")
    # January: 11 and 6 in Canada's segments; February: 13 in Canada and 7 in the USA
    months = "month in ('2014-01-01', '2014-02-01')"
    for mart in ("mart_executive_summary", "mart_engagement_monthly"):
        assert metric(mart, "active_customers", months) == Decimal("18.5")
    assert round(metric("mart_engagement_monthly", "engagement_rate", months), 6) == round(
        Decimal(9 + 6 + 9 + 3) / (41 + 12 + 50 + 11), 6
    )


@pytest.mark.parametrize("mart", MARTS)
def test_every_metric_has_a_value(mart, metric):
    definition = yaml.safe_load((DATASETS / f"{mart}.yaml").read_text())
    for item in definition["metrics"]:
        name = item["metric_name"]
        assert metric(mart, name) is not None, name
        # without rows, a count is 0 and everything else is empty
        assert metric(mart, name, "false") in (None, 0), name


@pytest.mark.parametrize("mart", ["mart_engagement_monthly", "mart_executive_summary"])
def test_visits_are_traced_to_the_rows_that_count(warehouse, mart):
    """Of January only the later file's, whose rows restate the whole month."""
    found = traced(warehouse, "engaged_visits", "country=Canada", "year=2014", mart=mart)
    assert found.trace.adds_up
    assert found.trace.value == cells_add_up(found, "Engaged Visits", Decimal) == 9 + 6 + 9
    assert [(load.file_name, line.number) for _, load, line in found.lines] == [
        ("0.csv", 5),
        ("3.csv", 2),
        ("3.csv", 3),
    ]


def test_a_share_that_is_decided_by_rows_of_the_mart_is_refused_with_its_parts(warehouse):
    with pytest.raises(TraceError, match="Trace its parts: engaged_visits, visits"):
        traced(warehouse, "engagement_rate")
