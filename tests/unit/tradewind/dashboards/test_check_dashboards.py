"""What makes a chart's answer wrong."""

import json

import pytest

from tradewind.dashboards import check_dashboards
from tradewind.dashboards.security import Role
from tradewind.dashboards.web import Answer

CANADA = Role("Country manager Canada", "Country manager", "view", of="country", value="Canada")


def answer(*results, status=200):
    return Answer(status, "/api/v1/chart/data", json.dumps({"result": list(results)}))


def rows(*data):
    return {"error": None, "data": list(data)}


GOOD = rows({"country": "Canada", "sales": 1})


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (answer(GOOD), ""),
        (answer(rows({"sales": 1})), ""),
        (answer(GOOD, rows()), "no figures"),
        (answer(rows(), GOOD), "no figures"),
        (answer(rows(), rows({"country": "France", "sales": 1})), "shows France"),
        (answer(rows(), {"error": "no such column", "data": []}), "error: no such column"),
        (answer(rows({"country": None, "sales": None})), "no figures"),
        (answer({"error": "no such column", "data": []}), "error: no such column"),
        (answer(rows({"country": "Canada"}, {"country": "France"})), "shows France"),
        (answer(status=403), '403 {"result": []}'),
        (Answer(200, "/login/", "<html>"), "200 <html>"),
        (Answer(200, "/superset/explore_json/", '{"data": [{"country": "BR"}]}'), "shows BR"),
        (Answer(200, "/superset/explore_json/", '{"data": []}'), "no figures"),
    ],
)
def test_a_fault_is_found(given, fault):
    assert check_dashboards.fault_of(given, CANADA) == fault


def test_unlimited_roles_may_see_any_rows():
    assert check_dashboards.fault_of(answer(rows({"country": "France"})), None) == ""


@pytest.mark.parametrize(
    ("status", "is_refused"),
    [(200, False), (400, False), (401, True), (403, True), (404, True), (500, False)],
)
def test_an_error_is_not_a_refusal(status, is_refused):
    assert Answer(status, "/", "").is_refused is is_refused


def test_absent_charts_are_listed_by_reason():
    without = [
        ("sales", "Profit", "no cost"),
        ("sales", "Target", "no targets"),
        ("sales", "Margin", "no cost"),
    ]
    assert check_dashboards._by_reason(without) == [
        ("sales", "no cost", "Profit, Margin"),
        ("sales", "no targets", "Target"),
    ]
