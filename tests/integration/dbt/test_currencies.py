"""Amounts in several currencies become amounts in one, as Python's decimals compute them."""

from __future__ import annotations

import random
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path

import psycopg
import pytest

import tradewind.__main__
from tests.conftest import Warehouse
from tests.integration.dbt.builds import load_file
from tests.support.forked import run_forked

FIRST, LAST = date(2023, 1, 9), date(2024, 12, 31)
#: Longer than a rate holds.
GAP = ("BRL", date(2023, 8, 7), date(2023, 8, 25))
#: A Friday whose rate is corrected, so that it holds for the weekend.
CORRECTED = date(2024, 3, 15)
BOUND = 7

#: Units per euro by day and currency.
Rates = dict[date, dict[str, Decimal]]
BUDGET = {
    "2023": {"USD": "1.05", "GBP": "0.9", "BRL": "5.5"},
    "2024": {"USD": "1.1", "GBP": "0.85"},
    "2024-02": {"GBP": "0.83"},
}


@dataclass(frozen=True)
class Line:
    day: date
    currency: str | None
    amount: Decimal


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days) for days in range((last - first).days + 1))


def _rates() -> Rates:
    chance = random.Random(14)
    found: Rates = {}
    for day in _days(FIRST, LAST):
        if day.weekday() >= 5 or (day.month, day.day) in ((12, 25), (12, 26), (1, 1)):
            continue
        rates = {
            "USD": chance.uniform(1.05, 1.12),
            "GBP": chance.uniform(0.82, 0.9),
            "BRL": chance.uniform(5, 6),
        }
        found[day] = {name: Decimal(f"{rate:.4f}") for name, rate in rates.items()}
        if GAP[1] <= day <= GAP[2]:
            del found[day][GAP[0]]
    return found


def _lines() -> list[Line]:
    chance = random.Random(41)
    days = list(_days(date(2023, 1, 1), date(2025, 1, 31)))
    currencies = ["USD", "EUR", "GBP", "BRL", "XXX", None]
    weights = [3, 5, 5, 5, 1, 1]
    return [
        Line(chance.choice(days), currency, Decimal(chance.randint(-200_000, 9_999_999)).scaleb(-4))
        for currency in chance.choices(currencies, weights, k=1_500)
    ]


def _half_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _by_day(rates: Rates, day: date, currency: str) -> Decimal | None:
    """The rate of the day or of the last one before it that has any, if that is not too long ago."""
    if currency == "EUR":
        return Decimal(1) if any(day - timedelta(back) in rates for back in range(BOUND + 1)) else None
    earlier = (rates.get(day - timedelta(back), {}).get(currency) for back in range(BOUND + 1))
    return next((rate for rate in earlier if rate), None)


def _average(rates: Rates, period: str, currency: str) -> Decimal | None:
    within = [each for day, each in rates.items() if f"{day.year}-{day.month:02}".startswith(period)]
    if currency == "EUR":
        return Decimal(1) if within else None
    found = [each[currency] for each in within if currency in each]
    return _half_up(sum(found) / len(found), 8) if found else None


def _by_month(rates: Rates, day: date, currency: str) -> Decimal | None:
    return _average(rates, day.isoformat()[:7], currency)


def _by_budget(rates: Rates, day: date, currency: str) -> Decimal | None:
    for period in (day.isoformat()[:7], day.isoformat()[:4]):
        if currency == "EUR" and period in BUDGET:
            return Decimal(1)
        if found := BUDGET.get(period, {}).get(currency):
            return Decimal(found)
    return None


def _constant(rates: Rates, day: date, currency: str) -> Decimal | None:
    return _average(rates, "2023", currency)


def _expected(
    lines: list[Line], rates: Rates, rate_of: Callable[..., Decimal | None], reporting: str
) -> dict[str | None, tuple[Decimal, int]]:
    """Total in the reporting currency, and lines without a rate, by currency."""
    found: dict[str | None, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    with localcontext(prec=80):
        for line in lines:
            total, missing = found[line.currency]
            if line.currency == reporting:
                found[line.currency] = (total + line.amount, missing)
                continue
            own = line.currency and rate_of(rates, line.day, line.currency)
            theirs = rate_of(rates, line.day, reporting)
            if not own or not theirs:
                found[line.currency] = (total, missing + 1)
            else:
                found[line.currency] = (
                    total + _half_up(line.amount * _half_up(theirs / own, 18), 4),
                    missing,
                )
    return dict(found)


def _unrounded(lines: list[Line], rates: Rates, reporting: str) -> Decimal:
    """The total by the day's rates without any rounding but the last, to cents."""
    with localcontext(prec=80):
        total = Decimal(0)
        for line in lines:
            own = line.currency and _by_day(rates, line.day, line.currency)
            theirs = _by_day(rates, line.day, reporting)
            if line.currency == reporting:
                total += line.amount
            elif own and theirs:
                total += line.amount * theirs / own
        return _half_up(total, 2)


def _write_history(path: Path, rates: Rates) -> Path:
    """The whole history as the European Central Bank publishes it, in its zip."""
    names = ["USD", "JPY", "BGN", "CYP", "GBP", "BRL"]
    lines = [",".join(["Date", *names]) + ","]
    for day in sorted(rates, reverse=True):
        lines.append(",".join([day.isoformat(), *(str(rates[day].get(name, "N/A")) for name in names)]) + ",")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("eurofxref-hist.csv", "\n".join([*lines, ""]))
    return path


def _write_day(path: Path, day: date, rates: dict[str, Decimal]) -> Path:
    """One day's rates as the European Central Bank publishes them."""
    path.write_text(f"Date, {', '.join(rates)}, \n{day:%d %B %Y}, {', '.join(map(str, rates.values()))}, \n")
    return path


@pytest.fixture(scope="module")
def lines(warehouse: Warehouse) -> list[Line]:
    """Lines of sales, which are also in a table of the warehouse."""
    made = _lines()
    with psycopg.connect(warehouse.url("transformer")) as connection:
        connection.execute("create table staging.lines (day date, currency text, amount numeric(18, 4))")
        with connection.cursor().copy("copy staging.lines from stdin") as copy:
            for line in made:
                copy.write_row((line.day, line.currency, line.amount))
    return made


@pytest.fixture(scope="module")
def rates(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Rates:
    """Rates of two years, loaded."""
    folder, made = tmp_path_factory.mktemp("rates"), _rates()
    load_file(warehouse, _write_history(folder / "eurofxref-hist.zip", made))
    budget = folder / "budget.csv"
    rows = [f"{period},{name},{rate}" for period, each in BUDGET.items() for name, rate in each.items()]
    budget.write_text("\n".join(["Period,Currency,Units per Euro", *rows, ""]))
    load_file(warehouse, budget)
    return made


@pytest.fixture(scope="module")
def convert(warehouse: Warehouse, dbt_state: Path, lines: list[Line]) -> Callable[..., dict]:
    """Builds the rates with these settings and adds up the converted lines, by currency."""

    def run(macro: str = "converted", **settings: str) -> dict[str | None, tuple[Decimal, int]]:
        variables = {**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state), **settings}
        models = ("stg_ops__loads", "dim_date", "+fct_exchange_rate", "+fct_constant_rate")
        query = f"""
            create or replace view staging.converted as
            select lines.currency, {{{{ {macro}('lines.amount', 'lines.currency') }}}} as amount
            from staging.lines as lines
            {{{{ join_exchange_rates('lines.currency', 'lines.day') }}}}
        """
        for arguments in (("run", "--select", *models), ("compile", "--inline", query, "--quiet")):
            done = run_forked(tradewind.__main__.main, ("dbt", *arguments), variables)
            assert done.returncode == 0, done.stdout
        with psycopg.connect(warehouse.url("transformer")) as connection:
            connection.execute(done.stdout[done.stdout.index("create or") :])
            rows = connection.execute(
                "select currency, coalesce(sum(amount), 0), count(*) - count(amount)"
                " from staging.converted group by currency"
            ).fetchall()
        return {currency: (total, missing) for currency, total, missing in rows}

    return run


def test_the_models_pass_their_own_tests(
    warehouse: Warehouse, dbt_state: Path, rates: Rates, convert
) -> None:
    convert()
    variables = {**warehouse.environment(), "TRADEWIND_STATE": str(dbt_state)}
    models = ("--select", "stg_finance__exchange_rates", "stg_finance__budget_rates", "core.finance")
    # of a fact that is not built here, and compared with these rates
    models += ("--exclude", "fct_sales_daily")
    done = run_forked(tradewind.__main__.main, ("dbt", "test", *models), variables)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("settings", "rate_of", "reporting"),
    [
        ({}, _by_day, "USD"),
        ({"REPORTING_CURRENCY": "BRL"}, _by_day, "BRL"),
        ({"EXCHANGE_RATES": "month"}, _by_month, "USD"),
        ({"EXCHANGE_RATES": "budget", "REPORTING_CURRENCY": "GBP"}, _by_budget, "GBP"),
        ({"macro": "converted_at_constant_rates", "CONSTANT_RATES_OF": "2023"}, _constant, "USD"),
    ],
)
def test_totals_equal_an_independent_computation(
    lines: list[Line], rates: Rates, convert, settings: dict[str, str], rate_of, reporting: str
) -> None:
    found = convert(**settings)
    expected = _expected(lines, rates, rate_of, reporting)
    assert found == expected
    # the test's own lines have what is to be tested
    assert expected["XXX"][1] and expected[None][1] and expected["BRL"][0]
    if rate_of is _by_day:
        total = sum(total for total, _ in found.values())
        assert abs(total - _unrounded(lines, rates, reporting)) < Decimal("0.01")


def test_a_day_without_a_rate_takes_the_day_before_up_to_the_bound(
    warehouse: Warehouse, rates: Rates, convert
) -> None:
    convert()
    with psycopg.connect(warehouse.url("transformer")) as connection:
        found = dict(
            connection.execute(
                "select rate_day, published_on from core.fct_exchange_rate where currency = 'BRL'"
            ).fetchall()
        )
    before = date(2023, 8, 4)
    assert {found.get(day) for day in _days(before, before + timedelta(BOUND))} == {before}
    assert not any(day in found for day in _days(before + timedelta(BOUND + 1), date(2023, 8, 27)))
    assert min(found) == FIRST
    assert max(found) == LAST + timedelta(BOUND)


def test_a_corrected_rate_changes_its_days_and_no_others(
    warehouse: Warehouse, rates: Rates, lines: list[Line], convert, tmp_path: Path
) -> None:
    convert()
    with psycopg.connect(warehouse.url("transformer")) as connection:
        (before,) = connection.execute("select coalesce(max(change_id), 0) from ops.model_changes").fetchone()
    load_file(warehouse, _write_day(tmp_path / "eurofxref.csv", CORRECTED, {"GBP": Decimal("0.7")}))
    rates[CORRECTED]["GBP"] = Decimal("0.7")
    assert convert() == _expected(lines, rates, _by_day, "USD")
    with psycopg.connect(warehouse.url("transformer")) as connection:
        changed = connection.execute(
            "select slice from ops.model_changes where model = 'fct_exchange_rate' and change_id > %s",
            [before],
        ).fetchall()
    assert sorted(slice for (slice,) in changed) == ["2024-03-15 GBP", "2024-03-16 GBP", "2024-03-17 GBP"]


def test_the_history_again_changes_nothing(
    warehouse: Warehouse, rates: Rates, convert, tmp_path: Path
) -> None:
    convert()
    count = "select count(*) from ops.model_changes where model like 'fct_%_rate'"
    with psycopg.connect(warehouse.url("transformer")) as connection:
        before = connection.execute(count).fetchone()
    load_file(warehouse, _write_history(tmp_path / "eurofxref-hist.zip", {**rates, LAST: {**rates[LAST]}}))
    convert()
    with psycopg.connect(warehouse.url("transformer")) as connection:
        assert connection.execute(count).fetchone() == before
