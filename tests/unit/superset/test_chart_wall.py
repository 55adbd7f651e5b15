"""What a viewer's query may contain: what its chart was saved with, by name."""

import copy
import json

import chart_wall
import pytest
import yaml
from chart_wall import Dataset

from tradewind.settings import ROOT

RECORDED = json.loads((ROOT / "tests/unit/tradewind/dashboards/recorded_queries.json").read_text())
PIE = RECORDED["pie"]
DATASET = Dataset(
    columns=frozenset({"country", "segment", "product", "month", "hidden"}),
    metrics=frozenset({"total_sales", "profit"}),
    of_time=frozenset({"month"}),
    drillable=frozenset({"product"}),
)
AXIS = {"columnType": "BASE_AXIS", "expressionType": "SQL", "label": "product", "sqlExpression": "product"}
SHARES = {"columns": ["total_sales"], "rename_columns": ["total_sales__contribution"]}
LAST_YEAR = {"col": "month", "op": "TEMPORAL_RANGE", "val": "Last year", "grain": "P1D", "isExtra": True}
EVAL = {"aggregates": {"total_sales": {"operator": "eval"}}}
SQL = {"expressionType": "SQL", "label": "x", "sqlExpression": "max(hidden)"}


def fault(query, params, dataset=DATASET):
    """What is wrong with the query, once Superset has renamed parts of it."""
    names = {"filters": "filter", "groupby": "columns"}
    named = {
        names.get(name, name): value for name, value in query.items() if value or name not in names.values()
    }
    return chart_wall.fault(named, chart_wall.of_chart(json.dumps(params), 10000), dataset)


@pytest.mark.parametrize("name", RECORDED)
def test_requests_of_the_page_pass(name):
    params = RECORDED[name]["params"]
    own = {value for value in json.dumps(params).split('"') if value.isidentifier()}
    for query in RECORDED[name]["queries"]:
        # drilling is not allowed, so everything that passes is the chart's own
        assert fault(query, params, Dataset(frozenset(own), of_time=frozenset(own))) is None


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_query_for_another_chart_is_refused(name):
    for query in RECORDED[name]["queries"]:
        assert fault(query, {"viz_type": "pie", "metric": "other"}, Dataset(frozenset()))


@pytest.mark.parametrize(
    "change",
    [
        {"columns": ["product"]},
        {"columns": [AXIS]},
        {"filters": [{"col": "hidden", "op": "IN", "val": ["a", 1, None, True]}]},
        {"filters": [{"col": "of_another_dataset", "op": "==", "val": "a"}]},
        {"filters": [LAST_YEAR]},
        {"extras": {"where": "(1 = 0)", "having": "", "time_grain_sqla": "P1M"}},
        {"row_limit": 5},
        {"granularity": "month", "time_range": "2026-01-01 : 2026-02-01"},
        {"post_processing": [{"operation": "contribution", "options": SHARES}]},
    ],
    ids=str,
)  # fmt: skip
def test_what_a_dashboard_adds_passes(change):
    assert fault({**PIE["queries"][0], **change}, PIE["params"]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"columns": ["hidden"]},
        {"columns": [{**SQL, "sqlExpression": "segment", "label": "segment"}]},
        {"columns": [{**SQL, "columnType": "BASE_AXIS", "sqlExpression": "max(hidden)", "label": "segment"}]},
        {"columns": [{**SQL, "extra": 1}]},
        {"metrics": ["profit"]},
        {"metrics": [{"expressionType": "SIMPLE", "aggregate": "SUM", "column": {"column_name": "hidden"}}]},
        {"metrics": [{**SQL, "sqlExpression": "total_sales", "label": "total_sales"}]},
        {"metrics": [5]},
        {"orderby": [["hidden", True]]},
        {"orderby": [["segment", "desc; select 1"]]},
        {"filters": [{"col": "profit", "op": ">", "val": 1}]},
        {"filters": [{"col": "country", "op": "= ANY", "val": 1}]},
        {"filters": [{"col": "country", "op": "IN", "val": {"a": 1}}]},
        {"filters": [{"col": "country", "op": "IN", "val": [["a"]]}]},
        {"filters": [{"col": "country", "op": "==", "val": "{% x %}"}]},
        {"extras": {"where": "(1 = 0) OR 1 = 1"}},
        {"extras": {"instant_time_comparison_range": "r"}},
        {"granularity": "country"},
        {"row_limit": 1_000_000},
        {"series_limit": 7},
        {"time_offsets": ["1 year ago"]},
        {"post_processing": [{"operation": "resample", "options": {"rule": "1ns"}}]},
        {"post_processing": [{"operation": "resample", "options": {"rule": "min", "method": "ffill"}}]},
        {"post_processing": [{"operation": "resample", "options": {"rule": 1, "method": "ffill"}}]},
        {"post_processing": [{"operation": "pivot", "options": EVAL}]},
        {"a_part_that_a_later_superset_has": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_what_was_not_saved_is_named(change):
    reason = fault({**copy.deepcopy(PIE["queries"][0]), **change}, PIE["params"])
    assert reason and reason.endswith(("as they were saved.", "rows."))


def test_a_chart_is_resampled_as_it_was_saved():
    work = {"operation": "resample", "options": {"rule": "1D", "method": "ffill"}}
    query = {**PIE["queries"][0], "post_processing": [work]}
    assert fault(query, {**PIE["params"], "resample_rule": "1D", "resample_method": "ffill"}) is None
    assert fault(query, {**PIE["params"], "time_format": "1D", "resample_rule": "1W"})


def test_post_processing_is_bounded():
    work = {"operation": "cum", "options": {"operator": "sum", "columns": {"total_sales": "total_sales"}}}
    assert fault({**PIE["queries"][0], "post_processing": [work]}, PIE["params"]) is None
    assert "steps" in fault({**PIE["queries"][0], "post_processing": [work] * 1000}, PIE["params"])


@pytest.mark.parametrize(
    "change",
    [
        {"filters": ["x"]},
        {"filters": [None]},
        {"orderby": [5]},
        {"extras": {"where": ["x"]}},
        {"extras": {"column_order": [{}]}},
        {"extras": [["where", "x"]]},
        {"granularity": ["month"]},
        {"time_offsets": [{"a": 1}]},
        {"annotation_layers": [{"overrides": ["x"]}]},
        {"post_processing": ["x"]},
        {"post_processing": [{"operation": ["pivot"]}]},
        {"post_processing": [{"operation": "pivot", "options": [1]}]},
    ],
    ids=str,
)  # fmt: skip
def test_other_types_than_expected_are_refused_without_an_error(change):
    assert fault({**copy.deepcopy(PIE["queries"][0]), **change}, PIE["params"])


def test_what_an_analyst_saved_ad_hoc_passes_and_nothing_near_it():
    where = {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "hidden > 1"}
    params = {
        "viz_type": "pie",
        "metric": {**SQL, "optionName": "m_1"},
        "groupby": ["segment"],
        "adhoc_filters": [where],
    }
    query = {"metrics": [SQL], "columns": ["segment"], "extras": {"where": "(hidden > 1)"}}
    assert fault(query, params) is None
    assert fault({**query, "extras": {"where": "(hidden > 1) AND (1 = 0)"}}, params) is None
    assert fault({**query, "metrics": [{**SQL, "sqlExpression": "min(hidden)"}]}, params)
    assert fault({**query, "extras": {"where": "(hidden > 2)"}}, params)


def test_a_filter_may_only_query_its_values():
    config = {"filterType": "filter_range", "targets": [{"datasetId": 3, "column": {"name": "hidden"}}]}
    allowed = chart_wall.of_filter(config, 3, 10000)
    least = {
        "expressionType": "SIMPLE",
        "aggregate": "MIN",
        "column": {"column_name": "hidden"},
        "label": "min",
    }
    assert chart_wall.fault({"metrics": [least]}, allowed, DATASET) is None
    assert chart_wall.fault({"columns": ["country"]}, allowed, DATASET)
    assert chart_wall.fault({"columns": ["hidden"]}, chart_wall.of_filter(config, 4, 10000), DATASET)


def test_a_legacy_chart_cannot_be_changed():
    saved = json.dumps({"viz_type": "country_map", "metric": "profit"})
    assert chart_wall.form_fault({"viz_type": "country_map", "time_compare": []}, saved) is None
    assert "'rose'" in chart_wall.form_fault({"viz_type": "rose"}, saved)
    layers = json.dumps({"viz_type": "deck_multi", "deck_slices": [1]})
    assert chart_wall.form_fault({"viz_type": "deck_multi", "deck_slices": [1]}, layers) is None
    assert "deck_slices" in chart_wall.form_fault({"viz_type": "deck_multi", "deck_slices": [2]}, layers)
    assert "where" in chart_wall.form_fault({"viz_type": "country_map", "where": "1 = 1"}, saved)


def test_every_chart_of_the_repository_has_metrics_or_columns_to_compare_with():
    for path in sorted((ROOT / "superset/assets/charts").glob("*/*.yaml")):
        allowed = chart_wall.of_chart(json.dumps(yaml.safe_load(path.read_text())["params"]), 10000)
        assert allowed.metrics | allowed.columns, path
