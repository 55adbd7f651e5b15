"""A program requests a chart's figures just as its page does: compared with requests recorded in a browser.

`recorded_queries.json` holds a chart's params and what Superset's page sent for them, without
`post_processing`, which changes the shape of an answer but not its SQL.
"""

import copy
import json
from pathlib import Path

import pytest

from tradewind.dashboards import queries
from tradewind.dashboards import tree as asset_tree

RECORDED = json.loads((Path(__file__).parent / "recorded_queries.json").read_text())


@pytest.mark.parametrize("name", RECORDED)
def test_the_queries_are_those_of_the_page(name):
    assert queries.queries(RECORDED[name]["params"]) == RECORDED[name]["queries"]


@pytest.mark.parametrize(
    "change",
    [{"metric": "profit"}, {"groupby": ["country"]}, {"adhoc_filters": []}, {"row_limit": 7}],
    ids=lambda change: next(iter(change)),
)
def test_another_query_would_be_noticed(change):
    pie = copy.deepcopy(RECORDED["pie"])
    pie["params"].update(change)
    assert queries.queries(pie["params"]) != pie["queries"]


def test_every_chart_of_the_repository_can_be_queried():
    for path, chart in asset_tree.of_kind(asset_tree.read(), "charts").items():
        address, body = queries.requests(chart["params"], 1, 2, 3)
        assert address and body, path


def test_the_dashboard_and_the_chart_are_named():
    """This is what gives access to a dataset for those who see it only on a dashboard."""
    address, body = queries.requests(RECORDED["pie"]["params"], slice_id=1, dashboard_id=2, dataset_id=3)
    assert address == "/api/v1/chart/data"
    assert body["datasource"] == {"id": 3, "type": "table"}
    assert (body["form_data"]["slice_id"], body["form_data"]["dashboardId"]) == (1, 2)


def test_a_legacy_map_has_its_own_url():
    params = {"viz_type": "country_map", "entity": "iso_code", "metric": "revenue"}
    address, body = queries.requests(params, slice_id=1, dashboard_id=2, dataset_id=3)
    assert address.startswith("/superset/explore_json/")
    assert body["form_data"]["dashboardId"] == 2


def test_an_unknown_kind_is_not_an_empty_query():
    with pytest.raises(ValueError, match="how deck_arc requests its figures is not known"):
        queries.queries({"viz_type": "deck_arc"})


def test_free_sql_is_refused():
    item = {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "1 = 1"}
    with pytest.raises(ValueError, match="a filter other than"):
        queries.queries({"viz_type": "pie", "metric": "x", "adhoc_filters": [item]})


@pytest.mark.parametrize("kind", ["pie", "country_map"])
def test_a_request_is_narrowed_and_the_first_one_stays(kind):
    params = {"viz_type": kind, "metric": "revenue", "groupby": ["segment"], "adhoc_filters": []}
    _, body = queries.requests(params, slice_id=1, dashboard_id=2, dataset_id=3)
    before = copy.deepcopy(body)
    narrow = json.dumps(queries.narrowed(body, "region", "North"))
    assert ("region" in narrow, "North" in narrow, body) == (True, True, before)
