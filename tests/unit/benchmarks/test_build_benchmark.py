"""The build benchmark: histories differ only in length, costs are those of sales, ratios compare medians."""

from datetime import timedelta
from itertools import pairwise

import pytest
import yaml

from benchmarks.build.history import (
    BATCH_ROWS,
    KINDS,
    LAST_DAY,
    LAST_DAYS,
    LATE,
    histories,
    spans,
    write_batch,
)
from benchmarks.build.project import as_append
from benchmarks.build.race import Run
from benchmarks.build.report import middle, ratios
from benchmarks.build.warehouse import Build, differing, sales_path, summary
from ingestion.contract.files import CONTRACTS, read_contract
from ingestion.contract.model import Append


@pytest.mark.parametrize("rows", [20_000_000, 123_450])
def test_histories_have_the_same_daily_volume_and_end_together(rows):
    small, large = histories(rows)
    assert small.rows / small.days == pytest.approx(large.rows / large.days, rel=0.001)
    for history in (small, large):
        months = spans(history)
        assert sum(month.rows for month in months) == history.rows
        assert sum(month.days for month in months) == history.days
        assert months[-1].first + timedelta(months[-1].days - 1) == LAST_DAY
        for month, following in pairwise(months):
            assert month.first + timedelta(month.days) == following.first
            assert following.first.day == 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_of_a_batch_are_within_its_days(kind, tmp_path):
    lines = write_batch(tmp_path, kind, 1).read_text().splitlines()
    days = {line.split(",")[12] for line in lines[1:]}
    assert len(lines) == BATCH_ROWS + 1
    assert len(days) == kind.days
    assert max(days) == f"{LAST_DAY:%Y-%m-%d}"


def test_the_copied_contract_only_appends_rows(tmp_path):
    own = CONTRACTS / "sales" / "transactions.yaml"
    copy = tmp_path / "transactions.yaml"
    copy.write_text(as_append(own.read_text()))
    assert isinstance(read_contract(copy).relation, Append)
    assert read_contract(copy).columns == read_contract(own).columns
    assert yaml.safe_load(copy.read_text())["id"] == "sales.transactions"


def test_costs_cover_only_models_that_read_sales():
    manifest = {
        "child_map": {
            "source.tradewind.sales.transactions": ["model.tradewind.stg", "test.tradewind.whole.1"],
            "model.tradewind.stg": ["model.tradewind.fct", "test.tradewind.stg.1"],
            "model.tradewind.fct": [],
            "source.tradewind.olist.orders": ["model.tradewind.orders"],
        }
    }
    seconds = {
        "model.tradewind.stg": 1,
        "model.tradewind.fct": 2,
        "model.tradewind.orders": 4,
        "test.tradewind.stg.1": 8,
        "test.tradewind.whole.1": 16,
        "operation.tradewind.tradewind-on-run-end-0": 32,
        "operation.tradewind.tradewind-on-run-end-1": 64,
    }
    results = [{"unique_id": name, "execution_time": value} for name, value in seconds.items()]
    build = summary(results, sales_path(manifest), command=300, cpu=5)
    assert (build.models, build.tests, build.publishing, build.steps) == (3, 24, 64, 5)
    assert (build.building, build.total) == (67, 91)
    assert list(build.slowest)[:2] == ["operation.tradewind.tradewind-on-run-end-1", "test.tradewind.whole.1"]


def build(cost: float) -> Build:
    """Twice as much wall time, and three times as much by dbt's times of models."""
    return Build(models=3 * cost, tests=cost, publishing=0, command=2 * cost, cpu=cost, steps=1)


def test_the_median_build_is_not_an_outlier():
    assert middle([build(1), build(90), build(2)]).cpu == 2


def test_ratios_compare_medians():
    costs = {("small", LAST_DAYS): 2, ("large", LAST_DAYS): 2.5, ("small", LATE): 4, ("large", LATE): 8}
    runs = [
        Run(name, kind, number, build(cost * factor))
        for (name, kind), cost in costs.items()
        for number, factor in enumerate((0.5, 1, 30), 1)
    ]
    runs += [Run("small", None, 1, build(20)), Run("large", None, 1, Build(150, 50, 0, 400, 200, 1))]
    grown, late, saved = ratios(runs)
    assert (grown.cpu, grown.is_kept) == (1.25, True)
    assert (late.cpu, late.is_kept) == (2.0, False)
    assert (saved.cpu, saved.is_kept) == (80.0, True)
    assert (saved.building, saved.with_tests, saved.command) == (20.0, 20.0, 80.0)


def test_tables_differ_if_rows_do_or_one_is_missing():
    some = {"core.a": "1", "core.b": "1", "marts.mart_data_status": "1"}
    assert differing(some, {"core.a": "1", "core.b": "2", "core.c": "1"}) == ["core.b", "core.c"]
