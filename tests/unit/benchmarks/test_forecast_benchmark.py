"""The benchmark of forecasts makes companies that add up, and notices broken promises."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from benchmarks.forecast import judge
from benchmarks.forecast.__main__ import main
from benchmarks.forecast.companies import PROCESSES, SERIES, company
from benchmarks.forecast.files import from_csv, published
from benchmarks.forecast.judge import Case
from tradewind.insight.adding_up import sums
from tradewind.insight.forecast import forecast


def test_companies_add_up_and_are_the_same_each_time():
    for process in PROCESSES:
        history = company(process, 1, 60)
        assert len(history.keys) == SERIES
        assert np.abs(sums(history.keys) @ history.values).max() < 1e-6 * history.values.max()
        np.testing.assert_array_equal(history.values, company(process, 1, 60).values)
        assert not np.array_equal(history.values, company(process, 2, 60).values)


def test_broken_promises_are_noticed():
    whole = company(PROCESSES[0], 1, 30)
    made = forecast(whole.until(18), 12)
    case = Case("level", made, whole.values[:, 18:])
    missed = replace(case, later=case.later * 3)
    assert [fault for fault in judge.broken([missed]) if "are inside the 80% interval" in fault]
    apart = made.points.copy()
    apart[0] += 1000
    assert "level: forecasts do not add up" in judge.broken([Case("level", replace(made, points=apart))])
    worse = replace(made, published=made.published * 2)
    faults = judge.broken([Case("level", worse)])
    assert [fault.split(":")[1].strip() for fault in faults] == [
        "total", "country", "segment", "product", "country x segment",
    ]  # fmt: skip


def test_what_costs_too_much():
    assert judge.too_dear(500, 180, 1000, 1 << 30) == []
    assert judge.too_dear(1000, 300, 1000, 1 << 20) == []
    assert judge.too_dear(500, 999, 360, 1 << 20) == []
    assert judge.too_dear(10, 181, 363, (1 << 30) + 1) == [
        "10 series took 181 s; 180 s are promised",
        "10 series took 1024 MiB; 1024 MiB are promised",
    ]


@pytest.mark.parametrize("only", ["files", "published"])
def test_a_run_that_checks_nothing_fails(only, tmp_path, monkeypatch, capsys):
    options = ["forecast", "--only", only, "--data", str(tmp_path)]
    monkeypatch.setattr("sys.argv", options)
    assert main() == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1] == "nothing was checked"
    assert (f"there is no published data in {tmp_path}" in shown) == (only == "published")

    path = tmp_path / "some.csv"
    path.write_text("day,amount\n" + "".join(f"2024-{month:02}-01,{month % 3}\n" for month in range(1, 13)))
    monkeypatch.setattr("sys.argv", [*options, str(path)])
    assert main() == 0
    shown = capsys.readouterr().out
    assert "some.csv: 12 months, 8 windows" in shown
    assert shown.endswith("every promise held\n")


def test_any_csv(tmp_path):
    path = tmp_path / "some.csv"
    path.write_text("day,shop,item,amount\n2024-01-05,A,x,1\n2024-01-09,A,y,2\n2024-03-01,B,x,4.5\n")
    name, history = from_csv(path)
    assert (name, history.first_month, history.months) == ("some.csv", date(2024, 1, 1), 3)
    assert history.levels == [(), ("shop",), ("item",), ("shop", "item")]
    np.testing.assert_array_equal(history.values[0], [3, 0, 4.5])


def test_published_data(published_data):
    found = dict(published(published_data))
    sales = found["Financial Sample, sales"]
    assert sales.months == 16
    assert abs(sales.values[0].sum() - 118726350.29) < 1
    assert found["Olist, sales by state"].months == 20
