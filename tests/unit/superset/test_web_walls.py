"""Requests as they reach Superset's walls, in an otherwise empty application."""

import sys
from types import SimpleNamespace

import pytest
from flask import Flask, g, jsonify


@pytest.fixture
def app(monkeypatch, tmp_path):
    monkeypatch.setenv("SUPERSET_HOME", str(tmp_path))
    for name in ("web_wall", "login_wall"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return Flask("walls")


@pytest.mark.parametrize(
    ("request_as", "name"),
    [
        ({"data": {"username": "Ada"}}, "Ada"),
        ({"json": {"username": "Ada"}}, "Ada"),
        ({"json": {"username": ["Ada", "Bob"]}}, "Ada"),
        ({"json": {"username": 5}}, "5"),
        ({"json": ["Ada"]}, ""),
        ({"json": {}}, ""),
        ({"data": "{", "content_type": "application/json"}, ""),
    ],
    ids=str,
)
def test_a_login_is_slowed_by_the_name_that_is_tried(app, request_as, name):
    import login_wall

    login_wall.install(app)
    app.add_url_rule("/login/", "login", lambda: "tried", methods=["POST"])
    for _ in range(5):
        login_wall.guesses.failed(name, "127.0.0.1")
    answer = app.test_client().post("/login/", **request_as)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(("explores", "status"), [(False, 403), (True, 200)])
def test_other_users_are_hidden_from_viewers_with_a_token_too(app, monkeypatch, explores, status):
    import web_wall

    def related():
        # as with a token: the user is known from here on
        g.user = SimpleNamespace(is_anonymous=False)
        return jsonify(result=[{"text": "Ada Lovelace", "value": 1}])

    web_wall.install(app)
    monkeypatch.setattr(web_wall, "_may", lambda *_: explores and bool(g.get("user")))
    app.add_url_rule("/api/v1/dashboard/related/owners", "DashboardRestApi.related", related)
    answer = app.test_client().get("/api/v1/dashboard/related/owners")
    assert answer.status_code == status
    assert ("Lovelace" in answer.text) == explores


@pytest.mark.parametrize(
    "body", [{"sql": "select 1", "schema": 'a"; reset all; --'}, {"sql": ["x"]}, [1], None]
)
def test_sql_lab_accepts_only_sql(app, body):
    import web_wall

    web_wall.install(app)
    app.add_url_rule(
        "/api/v1/sqllab/execute/", "SqlLabRestApi.execute_sql_query", lambda: "run", methods=["POST"]
    )
    client = app.test_client()
    assert client.post("/api/v1/sqllab/execute/", json=body).status_code == 403
    assert (
        client.post("/api/v1/sqllab/execute/", json={"sql": "select 1", "schema": "marts"}).status_code == 200
    )


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"slice_id": 5, "dashboardId": 2**31 - 1}, 200),
        ({"slice_id": None}, 200),
        ({"slice_id": True}, 400),
        ({"slice_id": 10**30}, 400),
        ({"dashboardId": -(10**10)}, 400),
        ([], 200),
        ([1], 400),
    ],
    ids=str,
)
def test_charts_and_dashboards_are_named_by_numbers(app, form, status):
    import web_wall

    path = "/api/v1/chart/data"
    web_wall.install(app)
    app.add_url_rule(path, "ChartDataRestApi.data", lambda: "run", methods=["POST"])
    body = {"form_data": form, "queries": []}
    assert app.test_client().post(path, json=body).status_code == status


def test_cached_answers_cannot_be_requested_by_key(app):
    import web_wall

    web_wall.install(app)
    app.add_url_rule("/x", "Superset.explore_json", lambda: "figures", methods=["GET", "POST"])
    client = app.test_client()
    assert client.get("/x").status_code == 405
    assert client.head("/x").status_code == 405
    assert client.post("/x").text == "figures"
