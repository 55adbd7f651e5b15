"""The dashboard benchmark sends the page's requests, compares within rounds and notices wrong totals."""

import csv
import json
import threading
from decimal import Decimal

import pytest
import yaml

from benchmarks.build.history import BATCH_ROWS, LAST_DAY
from benchmarks.dashboards.crowd import Load
from benchmarks.dashboards.freshness import Seen, sum_of, total_of, write_more
from benchmarks.dashboards.page import SLUG, TOTAL, Chart, first_view, server_times
from benchmarks.dashboards.report import promises, summaries
from benchmarks.dashboards.rounds import CACHED, COLD, SQL, Sample, WrongAnswer, checked
from tradewind.dashboards.tree import ASSETS, of_kind, read
from tradewind.dashboards.web import Answer


def test_the_first_view_is_the_head_and_the_first_tab():
    dashboards = of_kind(read(), "dashboards").values()
    position = next(each for each in dashboards if each["slug"] == SLUG)["position"]
    names = {
        node["meta"]["chartId"]: name.removeprefix("CHART-")
        for name, node in position.items()
        if isinstance(node, dict) and node["type"] == "CHART"
    }
    layout = yaml.safe_load((ASSETS / "dashboards" / "executive_overview.yaml").read_text())["layout"]
    rows = []
    for block in layout:
        rows += next(iter(block["tabs"].values())) if "tabs" in block else [block]
    expected = [name for block in rows for name in block["row"] if name in names.values()]
    assert [names[number] for number in first_view(position)] == expected
    assert 0 < len(expected) < len(names)


def test_the_followed_chart_is_on_the_page():
    titles = [each["slice_name"] for each in of_kind(read(), "charts").values()]
    assert titles.count(TOTAL) == 1


def test_only_the_cold_request_is_forced():
    chart = Chart("Sales", "/api/v1/chart/data", {"force": False, "queries": []})
    assert json.loads(chart.asked(force=True)) == {"force": True, "queries": []}
    assert json.loads(chart.asked()) == {"force": False, "queries": []}


def answer(**result) -> Answer:
    body = {"result": [{"data": [{"total_sales": 1.5}], "is_cached": None, "error": None, **result}]}
    return Answer(200, "/", json.dumps(body))


@pytest.mark.parametrize(
    ("given", "is_cached"),
    [
        (answer(is_cached=True), False),
        (answer(), True),
        (answer(data=[]), None),
        (answer(error="no such column"), None),
        (Answer(500, "/", "out of order"), None),
    ],
)
def test_an_answer_without_figures_or_from_the_wrong_place_is_wrong(given, is_cached):
    with pytest.raises(WrongAnswer, match="Sales"):
        checked(Chart("Sales", "", {}), given, is_cached)


def test_a_correct_answer_has_no_fault():
    chart = Chart("Sales", "", {})
    assert checked(chart, answer(), is_cached=False)
    assert checked(chart, answer(is_cached=True), is_cached=True)


def test_the_servers_time_is_found_by_the_requests_name(tmp_path):
    log = tmp_path / "access.log"
    log.write_text("- 900\nrequest-1 25000\nrequest-2 1500000\nnonsense\n")
    assert server_times(log, ["request-2", "request-1"]) == {"request-1": 0.025, "request-2": 1.5}
    with pytest.raises(LookupError, match="request-3"):
        server_times(log, ["request-1", "request-3"], patience=0)


def test_the_last_request_is_logged_after_its_answer(tmp_path):
    log = tmp_path / "access.log"
    log.write_text("request-1 25000\n")
    late = threading.Timer(0.2, log.write_text, ["request-1 25000\nrequest-2 50000\n"])
    late.start()
    assert server_times(log, ["request-2"]) == {"request-2": 0.05}
    late.join()


def samples(chart: str, way: str, *seconds: float) -> list[Sample]:
    return [Sample(chart, number, way, each, each + 1) for number, each in enumerate(seconds, 1)]


def test_ratios_are_taken_within_a_round():
    # the second round hit a busy moment, which slowed down SQL and chart equally
    taken = [*samples("a", SQL, 0.002, 0.020, 0.002), *samples("a", COLD, 0.010, 0.100, 0.012)]
    sql, cold = summaries(taken)
    assert (cold.middle, cold.worst, cold.wall) == pytest.approx((12, 100, 1012))
    assert (sql.ratio, cold.ratio) == pytest.approx((1, 5))


def test_a_promise_is_about_the_slowest_chart():
    taken = [
        *(each for chart in "abc" for each in samples(chart, SQL, 0.002)),
        *(
            each
            for chart, each in zip("abc", (0.010, 0.020, 0.026), strict=True)
            for each in samples(chart, CACHED, each)
        ),
        *(
            each
            for chart, each in zip("abc", (0.1, 0.25, 0.2), strict=True)
            for each in samples(chart, COLD, each)
        ),
    ]
    cached, cold = promises(summaries(taken))
    assert (cached.way, cached.slowest.chart, cached.is_kept) == (CACHED, "c", False)
    assert (cached.middle, cached.ratio) == pytest.approx((20, 10))
    assert (cold.way, cold.slowest.chart, cold.is_kept) == (COLD, "b", True)
    assert str(cached).endswith("the slowest 26 ms (13.0 x), at most 25 ms promised: NOT KEPT")
    assert str(cold).endswith("the slowest 250 ms (125.0 x), at most 250 ms promised: kept")


def test_a_total_has_all_its_digits():
    trend, whole = (
        '{"data": [{"month": 1, "total_sales": 5}]}',
        '{"data": [{"total_sales": 1182354871204.07}]}',
    )
    text = f'{{"result": [{trend}, {whole}]}}'
    assert total_of(Answer(200, "/", text)) == Decimal("1182354871204.07")


def test_the_batch_has_its_own_month_and_is_summed_from_its_text(tmp_path):
    path = write_more(tmp_path)
    lines = list(csv.DictReader(path.read_text().splitlines()))
    assert len(lines) == BATCH_ROWS
    assert {line["Date"][:7] for line in lines} == {"2024-01"}
    assert LAST_DAY.isoformat()[:7] == "2023-12"
    assert sum_of(path) == sum(Decimal(line["Sales"]) for line in lines)


@pytest.mark.parametrize(("after", "is_exact"), [("12.30", True), ("12.31", False), ("10.00", False)])
def test_a_cent_too_many_is_seen(after, is_exact):
    seen = Seen(Decimal(10), Decimal("2.30"), Decimal(after), build=1, commit=1, answer=1)
    assert seen.is_exact is is_exact


def test_charts_a_second_are_those_that_were_answered():
    assert Load(5, 2.0, [0.1] * 30, 7, 1, 1, 1).charts_a_second == 15
