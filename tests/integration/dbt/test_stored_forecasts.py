"""Forecasts are kept as they were made, shown beside what came, and seen by those who may see the rows.

Findings of the last month stand on them: their sentences are computed again from the file and the forecasts.
"""

from datetime import date
from decimal import Decimal

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row

from deploy.databases import readers
from deploy.databases.warehouse import connect
from ingestion.database.connection import conninfo
from tests.conftest import PASSWORD
from tests.integration.dbt import findings
from tests.integration.dbt.builds import run_tradewind
from tests.oracle import read_published
from tests.support.members import rules
from tradewind.dashboards import logins
from tradewind.definitions import read_marts
from tradewind.insight import store as storing
from tradewind.insight.fits import ETS, THETA, with_median
from tradewind.insight.forecast import TOO_SHORT
from tradewind.insight.history import add_months
from tradewind.insight.kept_fits import KeptFits
from tradewind.insight.store import NotStored, store
from tradewind.insight.table import BOUNDS
from tradewind.marts import metric
from tradewind.settings import Settings, text
from tradewind.warehouse.publications import changed_sources, forecasts_wait, project_of_marts

METRICS = ["profit", "total_sales", "units_sold"]
SEPTEMBER, DECEMBER = date(2014, 9, 1), date(2014, 12, 1)
LATER = [add_months(SEPTEMBER, number) for number in (1, 2, 3)]
NEXT_YEAR = [add_months(DECEMBER, number) for number in range(1, 13)]
#: By country; all of its segments have them, except one of Mexico's.
COUNTRIES = {"Canada": 410_000, "France": 400_000.25, "Germany": 380_000, "Mexico": 1, "USA": 300_000}
SEGMENTS = ["Channel Partners", "Enterprise", "Government", "Midmarket", "Small Business"]
TARGETS = [
    f"{country},{segment},{month:%Y-%m},{target}"
    for country, target in COUNTRIES.items()
    for segment in SEGMENTS
    for month in NEXT_YEAR
    if (country, segment) != ("Mexico", "Midmarket")
]


@pytest.fixture(scope="module")
def settings(warehouse):
    return Settings.load(warehouse.environment())


def no_fits(series, horizon):
    raise AssertionError("the history is too short for a model")


def killed_after(count, settings, rows):
    """The rows as they are; the server ends the session that writes them after so many."""

    def some(found, figures):
        for number, row in enumerate(rows(found, figures)):
            if number == count:
                with psycopg.connect(conninfo(settings, "transformer")) as other:
                    other.execute(
                        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                        " where datname = current_database() and query like 'copy ops.forecasts%'"
                    )
            yield row

    return some


@pytest.fixture(scope="module", autouse=True)
def made(published_data, take, build, own, settings, warehouse, dbt_state, tmp_path_factory):
    """Forecasts from the months to September, and then from all months; what was said at each step."""
    header, *lines = (published_data / "financial_sample" / "Financials.csv").read_text().splitlines()
    is_late = [any(f",01/{month}/2014," in line for month in (10, 11, 12)) for line in lines]
    folder = tmp_path_factory.mktemp("files")
    for name, late in (("early.csv", False), ("late.csv", True)):
        chosen = [line for line, is_of in zip(lines, is_late, strict=True) if is_of == late]
        (folder / name).write_text("\n".join([header, *chosen]) + "\n")
    (folder / "targets.csv").write_text("\n".join(["Country,Segment,Month,Sales Target", *TARGETS]) + "\n")
    said = {}
    take(folder / "targets.csv")
    take(folder / "early.csv")
    assert build().returncode == 0
    said["first"] = store(settings, no_fits)
    said["changed"] = changed_sources(settings, project_of_marts(settings))
    take(folder / "late.csv")
    assert build().stdout.endswith("published\n")
    said["waits"] = forecasts_wait(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storing, "stored_rows", killed_after(100, settings, storing.stored_rows))
        with pytest.raises(psycopg.OperationalError):
            store(settings, no_fits)
    said["runs after a kill"] = own("select count(*) from ops.forecast_runs")[0][0]
    said["command"] = run_tradewind(warehouse, dbt_state, "forecast", "--store")
    said["again"] = run_tradewind(warehouse, dbt_state, "forecast", "--store")
    return said


def test_only_what_changed_is_forecast_and_published(made, own):
    assert [each.partition(":")[0] for each in made["first"]] == METRICS
    assert made["first"][1].endswith("series, from 13 whole months")
    assert made["changed"] == ["forecasts.forecast_runs"] and not made["waits"]
    assert made["runs after a kill"] == 3
    assert made["command"].returncode == 0 and made["command"].stdout.endswith("published\n")
    assert "building everything" not in made["command"].stdout + made["command"].stderr
    assert made["again"].stdout == "".join(f"{name}: nothing changed\n" for name in METRICS)
    runs = own("select metric, history_to, is_latest from core.fct_forecast group by 1, 2, 3 order by 1, 2")
    assert runs == [(name, to, to == DECEMBER) for name in METRICS for to in (SEPTEMBER, DECEMBER)]
    kept = own("select kind, count(distinct run_id) from ops.forecasts group by kind order by kind")
    assert kept == [("actual", 3), ("forecast", 6), ("test", 3)]


def test_the_mart_holds_the_published_figures_and_forecasts_that_add_up(ask):
    for name, column in zip(METRICS, ["profit", "sales", "units_sold"], strict=True):
        for level in ("country", "segment", "product", "country, segment"):
            actual = (
                f"select month, {level}, sum({column}) from marts.mart_sales_monthly group by month, {level}"
                f" having sum({column}) <> 0 order by 1, 2, 3"
            )
            shown = (
                f"select month, {level}, actual from marts.mart_forecast_monthly where metric = '{name}'"
                f" and level = '{level.replace(', ', ' x ')}' and actual <> 0 order by 1, 2, 3"
            )
            assert ask(shown) == ask(actual)
        sums = ask(
            "select sum(case level when 'total' then forecast end),"
            " sum(case level when 'country' then forecast end),"
            " sum(case level when 'product' then forecast end),"
            " sum(case level when 'country x segment' then forecast end)"
            f" from marts.mart_forecast_monthly where metric = '{name}' and month > '{DECEMBER}'"
            " group by month"
        )
        assert len(sums) == 12 and all(len(set(each)) == 1 for each in sums)


def expression(name, mart="mart_forecast_monthly"):
    return read_marts()[mart].metrics[name].expression


def test_a_short_history_says_so(ask):
    query = f"select {expression('forecast_line')} from marts.mart_forecast_monthly where metric = 'profit'"
    ((line,),) = ask(query)
    assert TOO_SHORT in line and "its interval is wide" in line
    assert "from figures of September 2013 to December 2014" in line


def test_accuracy_is_that_of_what_was_said_before(ask, own, settings):
    said = dict(
        own(
            "select month, forecast from core.fct_forecast where metric = 'total_sales' and level = 'total'"
            f" and kind = 'forecast' and history_to = '{SEPTEMBER}' and month <= '{DECEMBER}'"
        )
    )
    came = dict(ask("select month, sum(sales) from marts.mart_sales_monthly group by month"))
    assert sorted(said) == LATER
    error = sum(abs(came[month] - said[month]) for month in LATER) / sum(came[month] for month in LATER)
    bias = sum(said[month] - came[month] for month in LATER) / sum(came[month] for month in LATER)
    wanted = ["forecast_error", "forecast_bias", "forecasts_judged"]
    found = metric(
        "mart_forecast_accuracy",
        wanted,
        settings,
        by=["basis"],
        metric="total_sales",
        level="total",
    ).set_index("basis")
    turned_out = found.loc["as it turned out"]
    assert turned_out["forecasts_judged"] == 3
    assert abs(turned_out["forecast_error"] - error) < Decimal("1e-12")
    assert abs(turned_out["forecast_bias"] - bias) < Decimal("1e-12")
    assert found.loc["test on the past"]["forecasts_judged"] > 3


def test_a_manager_sees_the_forecasts_of_the_own_country_and_no_total(ask, warehouse):
    with connect(warehouse.owner) as owner:
        readers.prepare(owner, PASSWORD, rules())
    login = logins.reader_of("Country manager Canada")
    url = warehouse.owner.set(username=login, password=logins.password(PASSWORD, login))
    shown = f"select month, {expression('sales_forecast')}, {expression('sales_forecast__yhat_lower')}"
    by_month = "from marts.mart_forecast_monthly where month > '2014-12-01' {} group by month order by month"
    of_level = "select month, forecast, lower_80 " + by_month.replace("group by month ", "")
    with psycopg.connect(text(url)) as manager:
        for mart in ("mart_forecast_monthly", "mart_forecast_accuracy"):
            seen = manager.execute(f"select distinct country, level from marts.{mart} order by 2").fetchall()
            assert seen == [("Canada", "country"), ("Canada", "country x segment")]
        own_figures = manager.execute(f"{shown} {by_month.format('')}").fetchall()
    is_of = "and metric = 'total_sales' and level = "
    assert own_figures == ask(of_level.format(is_of + "'country' and country = 'Canada'"))
    assert ask(f"{shown} {by_month.format('')}") == ask(of_level.format(is_of + "'total'"))
    both = "and country in ('Canada', 'France')"
    two = ask(f"{shown} {by_month.format(both)}")
    assert len(two) == 12 and all(forecast and lower is None for _, forecast, lower in two)


@pytest.fixture(scope="module")
def found(made, warehouse):
    """The findings, as those who see all rows see them."""
    with psycopg.connect(warehouse.url("reporter"), row_factory=dict_row) as connection:
        return connection.execute("select * from marts.mart_insights order by country, rank").fetchall()


def of_kind(found, kind):
    """The findings of a kind, by what they are of."""
    keys = ("metric", "compared_with", "country", "segment", "product")
    rows = {tuple(row[key] for key in keys): row for row in found if row["kind"] == kind}
    assert len(rows) == sum(row["kind"] == kind for row in found)
    return rows


def test_every_number_in_a_sentence_is_in_a_column_of_its_row(found):
    assert {row["kind"] for row in found} == {"change", "landing", "record", "unusual"}
    assert all(row["sentence"].endswith(".") and "  " not in row["sentence"] for row in found)
    assert {row["sentence"]: unfounded for row in found if (unfounded := findings.unfounded(row))} == {}
    counted = [len(findings.NUMBER.findall(row["sentence"])) for row in found]
    assert min(counted) >= 4
    change = next(row for row in found if row["kind"] == "change")
    assert len(findings.unfounded({**change, "figure": change["figure"] * 2})) == 1


def test_changes_are_those_of_the_file(found, published_data, ask):
    frame = read_published(published_data / "financial_sample" / "Financials.csv")
    rows = of_kind(found, "change")
    expected = list(findings.changes(frame, DECEMBER))
    better = {name: each.good_direction for name, each in read_marts()["mart_sales_trend"].metrics.items()}
    assert len(rows) == len(expected) == 24
    causes = ["volume_effect", "mix_effect", "price_effect", "discount_effect", "cost_effect"]
    for each in expected:
        row = rows[(each["metric"], each["compared_with"], each["country"], None, None)]
        assert {name: row[name] for name in each} == each
        assert not row["is_partial"] and row["month"] == DECEMBER
        assert row["is_good"] == (row["direction"] == better[row["metric"]]) == (each["effect"] > 0)
        if each["metric"] == "profit":
            country = f" and country = '{each['country']}'" if each["country"] else ""
            (sums,) = ask(
                f"select {', '.join(f'sum({name})' for name in causes)} from marts.mart_profit_change"
                f" where comparison = '{each['compared_with']}' and month = '{DECEMBER}'{country}"
            )
            assert tuple(row[name] for name in causes) == sums and sum(sums) == each["effect"]
    total = rows[("total_sales", "previous year", None, None, None)]
    assert total["sentence"] == (
        "Sales in December 2014 were $12.0M, 124% above December 2013. Canada gained the most, $2.4M; among"
        " products, Paseo, $4.5M."
    )
    assert total["trace"] == 'python -m tradewind trace total_sales "month=2014-12"'


def test_the_year_lands_where_the_forecast_of_its_months_does(found, own):
    rows = of_kind(found, "landing")
    assert len(rows) == 6
    forecasts = own(
        "select country, sum(forecast), sum(lower_80), sum(upper_80) from core.fct_forecast"
        " where is_latest and kind = 'forecast' and metric = 'total_sales' and level in ('total', 'country')"
        " and month between '2015-01-01' and '2015-12-01' group by country"
    )
    targets = {country: 60 * Decimal(str(target)) for country, target in COUNTRIES.items()}
    for country, *figures in forecasts:
        has_target = country not in ("Mexico", None)
        compared_with = "target" if has_target else None
        row = rows[("total_sales", compared_with, country, None, None)]
        assert [row["figure"], row["lower_bound"], row["upper_bound"]] == figures
        assert row["so_far"] is None and row["baseline"] == targets.get(compared_with and country)
        assert ("Not all of it has a target" in row["sentence"]) != has_target
        assert "The history is too short for a season" in row["sentence"]


def test_what_is_unusual_is_outside_what_was_forecast_before(found, own, published_data):
    frame = read_published(published_data / "financial_sample" / "Financials.csv")
    rows = of_kind(found, "unusual")
    said = own(
        "select metric, country, segment, product, forecast, lower_95, upper_95 from core.fct_forecast"
        f" where kind = 'forecast' and known_to = '{SEPTEMBER}' and month = '{DECEMBER}'"
        " and metric in ('total_sales', 'profit')"
    )
    expected = {}
    for metric_name, country, segment, product, forecast, lower, upper in said:
        members = {"country": country, "segment": segment, "product": product}
        figure = findings.sums(frame, metric_name, DECEMBER, **members)
        if not lower <= figure <= upper and abs(figure - forecast) >= 10_000:
            bounds = (figure, forecast, lower, upper)
            expected[(metric_name, "forecast", *members.values())] = bounds
    assert 0 < len(expected) < len(said)
    names = ("figure", "baseline", "lower_bound", "upper_bound")
    assert {key: tuple(row[name] for name in names) for key, row in rows.items()} == expected


def test_a_record_is_higher_than_every_month_before(found, published_data):
    frame = read_published(published_data / "financial_sample" / "Financials.csv")
    months = sorted(frame["month"].unique())
    expected = {}
    for country in (None, *COUNTRIES):
        by_month = {month: findings.sums(frame, "total_sales", month, country=country) for month in months}
        record = max(months[:-1], key=by_month.get)
        if by_month[DECEMBER] > by_month[record]:
            expected[country] = (record, by_month[record], by_month[DECEMBER])
    rows = of_kind(found, "record")
    assert expected and expected == {
        row["country"]: (row["compared_month"], row["baseline"], row["figure"]) for row in rows.values()
    }


def test_a_manager_sees_the_findings_of_the_own_country(found, warehouse):
    with connect(warehouse.owner) as owner:
        readers.prepare(owner, PASSWORD, rules())
    login = logins.reader_of("Country manager Canada")
    url = warehouse.owner.set(username=login, password=logins.password(PASSWORD, login))
    with psycopg.connect(text(url), row_factory=dict_row) as manager:
        seen = manager.execute("select * from marts.mart_insights order by country, rank").fetchall()
    assert seen and seen == [row for row in found if row["country"] == "Canada"]
    assert [row["rank"] for row in seen] == list(range(1, len(seen) + 1))
    others = [name for name in COUNTRIES if name != "Canada"]
    assert not [row for row in seen if any(name in str(row) for name in others)]


def test_a_series_that_did_not_change_is_not_fitted_again(settings):
    asked = []

    def fit(series, horizon):
        asked.append(len(series))
        return [
            with_median({ETS: None if each[0] < 0 else each[:horizon] / 3, THETA: each[-horizon:]})
            for each in series
        ]

    known = [np.array([1.1, 2.0, 1 / 3]), np.array([-1.0, 5.0, 7.0])]
    with psycopg.connect(conninfo(settings, "transformer"), autocommit=True) as connection:
        first = KeptFits(connection, "a", fit)
        fitted = first(known, 2)
        first.keep(connection)
        again = KeptFits(connection, "a", fit)
        *same, new = again([*known, np.array([3.0, 4.0, 5.0])], 2)
        again([known[0]], 1)
        other = KeptFits(connection, "b", fit)(known, 2)
    assert asked == [2, 1, 1, 2] and len(other) == 2 and new is not None
    for one, two in zip(fitted, same, strict=True):
        assert one.keys() == two.keys()
        for name in one:
            assert (one[name] is None) == (two[name] is None)
            assert one[name] is None or one[name].tolist() == two[name].tolist()


def test_a_forecast_outside_its_interval_is_refused_by_the_warehouse(own, settings, monkeypatch):
    """None is ever taken out again, and one that is wrong would stop every build."""
    rows = storing.stored_rows

    def wrong(found, figures):
        for row in rows(found, figures):
            named = dict(zip(storing.COLUMNS, row, strict=True))
            if named["kind"] == "forecast":
                named |= dict.fromkeys(BOUNDS, named["forecast"] - Decimal("0.0001"))
            yield tuple(named.values())

    before = own("select count(*), max(run_id) from ops.forecasts")
    monkeypatch.setattr(storing, "stored_rows", wrong)
    monkeypatch.setattr(storing, "_METHODS", ())  # so that they are made again
    with pytest.raises(NotStored, match='violates check constraint "forecast_in_its_intervals"') as refused:
        store(settings, no_fits)
    assert str(refused.value).count("was not forecast") == len(METRICS)
    assert own("select count(*), max(run_id) from ops.forecasts") == before


def test_without_figures_no_forecast_is_shown_and_none_is_lost(own, settings):
    own("delete from marts.mart_sales_daily")
    before = own("select count(*) from ops.forecasts where kind = 'forecast'")
    assert all("its forecast is no longer shown" in each for each in store(settings, no_fits))
    assert own("select bool_or(is_latest) from ops.forecast_runs") == [(False,)]
    assert own("select count(*) from ops.forecasts where kind = 'forecast'") == before
    assert forecasts_wait(settings)
