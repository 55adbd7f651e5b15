"""What is left of an export when everything that nobody chose is removed."""

import pytest

from tradewind.dashboards import canonical, shorthand
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.canonical import CanonicalError, Look, Names

MART = shorthand.dataset_uuid("mart_a")
KNOWN = Names(
    {shorthand.uuid_for("charts", name): name for name in "abc"},
    {"a": "A", "b": "B", "c": "C"},
    {MART: "mart_a"},
    {"mart_a": "month"},
)
LOOK = Look("body {}", {"Canada": "#fff"})
PIE = {
    "slice_name": "A",
    "description": None,
    "viz_type": "pie",
    "dataset_uuid": MART,
    "query_context": "{}",
    "params": {
        "viz_type": "pie",
        "datasource": "3__table",
        "slice_id": 7,
        "metric": "sales",
        "groupby": ["segment"],
        "show_legend": True,  # the control's default
        "donut": True,
        "annotation_layers": [],
        "adhoc_filters": [
            {**shorthand.period_filter("month"), "filterOptionName": "filter_1"},
            {
                "clause": "WHERE",
                "expressionType": "SIMPLE",
                "subject": "kind",
                "operator": "==",
                "comparator": "x",
                "isExtra": False,
                "sqlExpression": None,
            },
        ],
    },
}


def page(layout, **more):
    """A dashboard in short form, expanded and with ids as a database would have."""
    short = {"dashboard_title": "A page", "slug": "a-page", "layout": layout, **more}
    data = shorthand.dashboard("dashboards/a_page.yaml", short, dict(KNOWN.titles))
    numbers = {}
    for node in asset_tree.nodes(data, "CHART"):
        numbers[node["meta"]["chartId"]] = 900 - node["meta"]["chartId"]
        node["meta"]["chartId"] = numbers[node["meta"]["chartId"]]
    for each in [
        *data["metadata"]["native_filter_configuration"],
        data["metadata"]["global_chart_configuration"],
    ]:
        each["scope"]["excluded"] = [numbers[number] for number in each["scope"]["excluded"]]
    return short, data


def shortened(data):
    return canonical.dashboard(data, KNOWN, LOOK, {})


def test_a_chart_keeps_what_somebody_chose():
    assert canonical.chart(PIE, KNOWN) == {
        "slice_name": "A",
        "viz_type": "pie",
        "dataset": "mart_a",
        "period": "month",
        "params": {
            "adhoc_filters": [
                {
                    "clause": "WHERE",
                    "expressionType": "SIMPLE",
                    "subject": "kind",
                    "operator": "==",
                    "comparator": "x",
                }
            ],
            "metric": "sales",
            "groupby": ["segment"],
            "donut": True,
        },
    }


def test_a_chart_of_another_dataset_is_refused():
    with pytest.raises(CanonicalError, match="not made from a dbt model"):
        canonical.chart({**PIE, "dataset_uuid": "x"}, KNOWN)


def test_for_every_recorded_type_only_differences_are_left():
    for viz_type, defaults in canonical._all_defaults().items():
        data = {**PIE, "viz_type": viz_type, "params": {"metric": "sales", **defaults}}
        assert canonical.chart(data, KNOWN)["params"] == {"metric": "sales"}, viz_type


PAGES = {
    "rows": ([{"height": 20, "row": {"a": 6, "b": 6}}, {"height": 30, "row": {"c": 12}}], {}),
    "tabs below a row": (
        [
            {"height": 20, "row": {"a": 12}},
            {"tabs": {"One": [{"height": 5, "row": {"b": 1}}], "Two": [{"height": 5, "row": {"c": 1}}]}},
        ],
        {},
    ),
    "tabs in tabs": ([{"tabs": {"One": [{"tabs": {"Two": [{"height": 5, "row": {"b": 1}}]}}]}}], {}),
    "texts": ([{"height": 20, "row": {"intro": 4, "a": 8}}], {"texts": {"intro": "#### Hello\n\nAll"}}),
    "places": (
        [{"height": 20, "row": {"a": {"width": 6, "title": "X"}, "b": {"width": 2, "height": 9}, "c": 4}}],
        {},
    ),
    "filters": (
        [{"height": 20, "row": {"a": 4, "b": 4, "c": 4}}],
        {
            "unfiltered": ["b"],
            "filters": [
                {"name": "Period", "description": "Months.", "default": "Last year"},
                {"name": "One", "dataset": "mart_a", "column": "x", "default": ["p"], "except": ["c"]},
                {"name": "Other", "dataset": "mart_a", "column": "y", "multiple": False, "within": ["One"]},
            ],
        },
    ),
    "refresh": (
        [{"height": 20, "row": {"a": 12}}],
        {"refresh_seconds": 60, "published": False, "css": "x {}"},
    ),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_comes_back_in_short_form(name):
    layout, more = PAGES[name]
    short, exported = page(layout, **more)
    assert shortened(exported) == short


def derived(data):
    data["metadata"] |= {
        "map_label_colors": {"x": "y"},
        "shared_label_colors": ["x"],
        "label_colors": {"Canada": "#fff"},
    }
    data["metadata"]["native_filter_configuration"][0] |= {"chartsInScope": [1], "tabsInScope": ["TAB-x"]}
    data["metadata"]["chart_configuration"] = {"899": {"id": 899, "crossFilters": {"scope": "global"}}}
    data["position"]["ROW-gone"] = {"type": "ROW", "id": "ROW-gone", "children": []}
    data |= {"css": "body {}\n", "theme_uuid": None}


def renamed_nodes(data):
    position = data["position"]
    position["ROW-x9"] = {**position.pop("ROW-1"), "id": "ROW-x9"}
    position["GRID_ID"]["children"] = ["ROW-x9"]


def scope_by_tab(data):
    data["metadata"]["native_filter_configuration"][0]["scope"] = {"rootPath": ["ROW-1"], "excluded": [898]}


@pytest.mark.parametrize("change", [derived, renamed_nodes, scope_by_tab])
def test_what_nobody_chose_does_not_count(change):
    layout, more = PAGES["filters"]
    short, exported = page(layout, **more)
    change(exported)
    assert shortened(exported) == short


def column(data):
    row = data["position"]["ROW-1"]
    data["position"]["COLUMN-1"] = {
        "type": "COLUMN",
        "id": "COLUMN-1",
        "children": row["children"],
        "meta": {"width": 6},
    }
    row["children"] = ["COLUMN-1"]


def background(data):
    data["position"]["ROW-1"]["meta"]["background"] = "BACKGROUND_WHITE"


def scheme(data):
    data["metadata"]["color_scheme"] = "other"


def divider(data):
    data["metadata"]["native_filter_configuration"].append({"id": "d", "type": "DIVIDER", "title": "x"})


def cross_filter(data):
    scope = {"rootPath": ["ROOT_ID"], "excluded": [898]}
    data["metadata"]["chart_configuration"] = {"899": {"id": 899, "crossFilters": {"scope": scope}}}


@pytest.mark.parametrize("change", [column, background, scheme, divider, cross_filter])
def test_what_the_short_form_cannot_express_is_kept_raw(change):
    layout, more = PAGES["filters"]
    _, exported = page(layout, **more)
    change(exported)
    raw = shortened(exported)
    assert "layout" not in raw
    assert sorted(node["meta"]["chartId"] for node in asset_tree.nodes(raw, "CHART")) == [1, 2, 3]
    assert raw == canonical.clean_dashboard(raw, KNOWN, LOOK), "raw is raw again"
    if change is cross_filter:
        assert raw["metadata"]["chart_configuration"] == {
            "1": {"id": 1, "crossFilters": {"scope": {"rootPath": ["ROOT_ID"], "excluded": [2]}}}
        }


def test_a_chart_without_file_is_named():
    _, exported = page(PAGES["rows"][0])
    with pytest.raises(CanonicalError, match="it shows the chart 'C', which has no file"):
        canonical.dashboard(
            exported, Names({k: v for k, v in KNOWN.charts.items() if v != "c"}, KNOWN.titles), LOOK, {}
        )


@pytest.mark.parametrize(
    ("raw", "old", "new", "result"),
    [
        ({"a": 1, "d": "default"}, {"a": 1}, {"a": 2}, {"a": 2, "d": "default"}),
        ({"a": 1}, {"a": 1, "implied": 1}, {"a": 1, "implied": 1}, {"a": 1}),
        ({"a": 1}, {"a": 1, "implied": 1}, {"a": 1, "implied": 2}, {"a": 1, "implied": 2}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"b": 2}, {"b": 2}),
        (
            [{"a": 1, "d": 0}, {"b": 1}],
            [{"a": 1}, {"b": 1}],
            [{"b": 2}, {"a": 1}],
            [{"b": 2}, {"a": 1, "d": 0}],
        ),
    ],
)
def test_changes_are_made_in_what_the_file_says(raw, old, new, result):
    assert canonical.merged(raw, old, new) == result
