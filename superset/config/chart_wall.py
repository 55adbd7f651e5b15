"""What a viewer's request may contain: only what the chart or filter that it names was saved with.

Superset lets anyone who sees a dashboard post any query for one of its charts, with their own SQL in columns,
metrics, order and conditions. Here every part of a query is compared by name with what was saved. Superset's
classes are not used: a query is a mapping with the names of Superset's `QueryObject`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

import target_gaps

#: A name, or an ad-hoc column or metric in a form that can be compared.
Key = str | tuple[Any, ...]

#: Results with a chart's figures; the others show SQL, or rows that the chart does not show.
FIGURES = frozenset({"full", "results", "post_processed"})

# Params with metrics, and those with columns; with the suffix `_b` for a mixed chart's second query.
_METRICS = frozenset(
    [
        "metric",
        "metrics",
        "metric_2",
        "percent_metrics",
        "secondary_metric",
        "series_limit_metric",
        "size",
        "timeseries_limit_metric",
        "x",
        "y",
    ]
)
_COLUMNS = frozenset(
    [
        "all_columns",
        "column",
        "columns",
        "entity",
        "groupby",
        "groupbyColumns",
        "groupbyRows",
        "id",
        "name",
        "parent",
        "series",
        "source",
        "source_category",
        "target",
        "target_category",
        "x_axis",
    ]
)
_OPERATORS = frozenset(
    ["==", "!=", ">", "<", ">=", "<=", "IN", "NOT IN", "LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE", "IS NULL",
     "IS NOT NULL", "IS TRUE", "IS FALSE", "TEMPORAL_RANGE"]
)  # fmt: skip
_FILTER = frozenset({"col", "op", "val", "grain", "isExtra"})
_GRAIN = re.compile(r"P(T?\d+(\.\d+)?[A-Z])+|(P1W/)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(/P1W)?")
# If templates were turned on, Superset would evaluate them with its own rights.
_TEMPLATE = re.compile(r"{[{%#]")
_NAME = re.compile(r"\w[\w ]{0,62}")
# What the browser sends if a filter that needs a value has none.
_NOTHING = "1 = 0"
# What the browser sends for a comparison with a period chosen on the dashboard.
_DAYS_AGO = re.compile(r"\d{1,5} days? ago")

# Keys of ad-hoc columns and metrics; those in the second set have no meaning in a query.
_ADHOC = frozenset(["aggregate", "column", "expressionType", "label", "sqlExpression"]) | frozenset(
    [
        "columnType",
        "datasourceWarning",
        "hasCustomLabel",
        "isColumnReference",
        "isNew",
        "optionName",
        "timeGrain",
    ]
)
# Parts of a query that contain no names.
_PLAIN = frozenset(
    [
        "applied_time_extras",
        "apply_fetch_values_predicate",
        "datasource",
        "from_dttm",
        "group_others_when_limit_reached",
        "inner_from_dttm",
        "inner_to_dttm",
        "is_rowcount",
        "is_timeseries",
        "order_desc",
        "time_range",
        "to_dttm",
    ]
)
_ANNOTATION = (
    "annotationType",
    "sourceType",
    "value",
    "timeColumn",
    "intervalEndColumn",
    "descriptionColumns",
)
_OVERRIDES = frozenset({"time_range", "time_grain_sqla", "granularity", "time_shift"})

# Post-processing that charts use, and its options.
_POST_PROCESSING = {
    "aggregate": "groupby aggregates",
    "boxplot": "groupby metrics whisker_type percentiles",
    "compare": "source_columns compare_columns compare_type drop_original_columns precision",
    "contribution": "orientation columns rename_columns time_shifts contribution_totals",
    "cum": "operator columns",
    "flatten": "reset_index drop_levels",
    "histogram": "column groupby bins cumulative normalize",
    "pivot": "index columns aggregates drop_missing_columns metric_fill_value marginal_distributions",
    "rank": "metric group_by",
    "rename": "columns level inplace",
    "resample": "rule method fill_value",
    "rolling": "rolling_type window min_periods columns rolling_type_options",
    "sort": "is_sort_index by ascending",
}
# Words that the browser itself adds.
_WORDS = frozenset(
    [
        "absolute",
        "asfreq",
        "bfill",
        "column",
        "contribution",
        "count",
        "difference",
        "ffill",
        "interpolate",
        "linear",
        "max",
        "mean",
        "median",
        "min",
        "operator",
        "percentage",
        "percentile",
        "ratio",
        "row",
        "std",
        "sum",
        "tukey",
        "var",
        "__timestamp",
        "min/max",
        "min/max (no outliers)",
    ]
)
# Larger numbers, for example of bins or periods, cost memory: only a chart's own are accepted.
_SMALL = 1000
# Each step processes the whole answer; charts use fewer than ten.
_MOST_STEPS = 20

# Params for the post-processing of legacy charts.
_LEGACY_WORK = (
    "annotation_layers",
    "cache_timeout",
    "contribution",
    "deck_slices",
    "having",
    "resample_method",
    "resample_rule",
    "rolling_type",
    "time_compare",
    "time_shift",
    "where",
)


@dataclass(frozen=True)
class Dataset:
    """Names of a dataset's columns and metrics; `drillable` are the columns that drill by offers."""

    columns: frozenset[str]
    metrics: frozenset[str] = frozenset()
    of_time: frozenset[str] = frozenset()
    drillable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Allowed:
    """What queries may contain.

    Attributes:
        rows: the maximum number of rows of a query that groups by something.
        where: the chart's own SQL conditions, each as a whole.
        has_pages: whether a query may start after the first row.
        words: texts and numbers that post-processing may contain.
        rules: periods to which an answer may be resampled.
    """

    metrics: frozenset[Key]
    columns: frozenset[Key]
    rows: int
    has_pages: bool = False
    filters: tuple[Mapping[str, Any], ...] = ()
    where: frozenset[str] = frozenset()
    having: frozenset[str] = frozenset()
    offsets: frozenset[str] = frozenset()
    annotations: tuple[Mapping[str, Any], ...] = ()
    series_limits: frozenset[int] = frozenset({0})
    words: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    results: frozenset[str] = FIGURES


@lru_cache(maxsize=1024)
def of_chart(params_json: str | None, most_rows: int) -> Allowed:
    """What the queries of a chart may contain.

    Args:
        params_json: the chart's params as they were saved.
        most_rows: maximum for a chart that does not limit its rows itself.
    """
    params = json.loads(params_json or "{}")
    ordered = [json.loads(item)[0] for item in _list(params.get("order_by_cols")) if isinstance(item, str)]
    filters = [*_values(params, ["adhoc_filters"])]
    rows = [int(value) for value in _values(params, ["row_limit"]) if str(value).isdigit() and int(value)]
    limits = [int(value) for value in _values(params, ["limit", "series_limit"]) if str(value).isdigit()]
    gap = target_gaps.gap_of(params)
    return Allowed(
        metrics=frozenset(map(_key, [*_values(params, _METRICS), *([gap] if gap else [])])),
        columns=frozenset(map(_key, chain(_values(params, _COLUMNS), ordered))),
        rows=max(rows, default=most_rows),
        has_pages=bool(params.get("server_pagination")),
        filters=tuple(_simple(item) for item in filters if item.get("expressionType") != "SQL"),
        where=_conditions(params, "WHERE"),
        having=_conditions(params, "HAVING"),
        offsets=frozenset(map(str, _values(params, ["time_compare", "start_date_offset"]))),
        annotations=tuple(_values(params, ["annotation_layers"])),
        series_limits=frozenset({0, *limits}),
        words=frozenset(_texts(params)),
        rules=frozenset(map(str, _values(params, ["resample_rule"]))),
    )


def of_filter(config: Mapping[str, Any], dataset_id: int, most_rows: int) -> Allowed:
    """What the queries of a dashboard's filter may contain: its values, or the smallest and the largest."""
    columns = [
        target["column"]["name"]
        for target in config.get("targets", [])
        if target.get("datasetId") == dataset_id and target.get("column")
    ]
    metrics: set[Key] = set(
        _list((config.get("controlValues") or {}).get("sortMetric") or config.get("sortMetric"))
    )
    if config.get("filterType") == "filter_range":
        metrics |= {("SIMPLE", name.upper(), column, name) for column in columns for name in ("min", "max")}
    shown = {"filter_timegrain": {"timegrains"}, "filter_timecolumn": {"columns"}}
    return Allowed(
        metrics=frozenset(metrics),
        columns=frozenset(columns),
        rows=most_rows,
        where=_conditions(config, "WHERE"),
        having=_conditions(config, "HAVING"),
        words=frozenset(_texts(config)),
        results=FIGURES | shown.get(config.get("filterType"), set()),
    )


def of_rows(charts: Iterable[Allowed], most_rows: int) -> Allowed:
    """What drill to detail may contain: the dataset's rows, narrowed like its charts, and their number."""
    return Allowed(
        metrics=frozenset({("SQL", "COUNT(*)", "COUNT(*)")}),
        columns=frozenset(),
        rows=most_rows,
        has_pages=True,
        where=frozenset(chain.from_iterable(chart.where for chart in charts)),
        results=frozenset({"full", "drill_detail"}),
    )


def fault(
    query: Mapping[str, Any], allowed: Allowed, dataset: Dataset, clean: Callable[[str], str] = str
) -> str | None:
    """What in the query was not saved, as a sentence; None if all of it was.

    Args:
        query: with the names of Superset's `QueryObject`.
        clean: what Superset does to a condition before it checks access.
    """
    try:
        return next(_faults(query, allowed, dataset, clean), None)
    except (AttributeError, TypeError, ValueError) as error:
        return f"This is not a query of a chart: {error}"


def form_fault(form: Mapping[str, Any], params_json: str | None) -> str | None:
    """What in the form of a legacy chart was not saved, apart from the query that is made from it."""
    params = json.loads(params_json or "{}")
    if form.get("viz_type") != params.get("viz_type"):
        return _not_saved("the kind", form.get("viz_type"))
    for name in _LEGACY_WORK:
        if form.get(name) and form[name] not in ("None", params.get(name)):
            return _not_saved(name, form[name])
    return None


def _faults(
    query: Mapping[str, Any], allowed: Allowed, dataset: Dataset, clean: Callable[[str], str]
) -> Iterator[str]:
    columns = allowed.columns | dataset.drillable
    for text in _texts([query.get("filter") or [], query.get("time_range")]):
        if _TEMPLATE.search(text):
            yield _not_saved("the template", text)
    for name, value in query.items():
        if name in _PLAIN or not value:
            continue
        if name == "metrics":
            yield from (_not_saved("the metric", item) for item in value if _key(item) not in allowed.metrics)
        elif name in ("columns", "series_columns"):
            yield from (_not_saved("the column", item) for item in value if not _is_column(item, columns))
        elif name == "series_limit_metric":
            if _key(value) not in allowed.metrics:
                yield _not_saved("the metric", value)
        elif name == "orderby":
            known = columns | allowed.metrics
            yield from (_not_saved("the order", item) for item in value if not _is_order(item, known))
        elif name == "filter":
            yield from (
                _not_saved("the filter", item)
                for item in value
                if not _is_filter(item, allowed, dataset) and item not in allowed.filters
            )
        elif name == "extras":
            yield from _extra_faults(value, allowed, columns, clean)
        elif name == "granularity":
            if value not in dataset.of_time:
                yield _not_saved("the time column", value)
        elif name == "post_processing":
            words = allowed.words | allowed.offsets | dataset.columns | _names(allowed.metrics | columns)
            if len(value) > _MOST_STEPS:
                yield f"Post-processing may have at most {_MOST_STEPS} steps."
            yield from (
                _not_saved("the post-processing", item)
                for item in value
                if not _is_work(item, words, allowed.rules)
            )
        elif name == "annotation_layers":
            yield from (
                _not_saved("the annotation", item.get("name"))
                for item in value
                if not _is_annotation(item, allowed.annotations)
            )
        elif name == "time_offsets":
            yield from (_not_saved("the comparison", item) for item in value if not _is_offset(item, allowed))
        elif name == "row_limit":
            if query.get("columns") and value > allowed.rows and not query.get("is_rowcount"):
                yield f"The chart has at most {allowed.rows} rows."
        elif name == "row_offset":
            if not allowed.has_pages:
                yield "The chart has no pages."
        elif name == "series_limit":
            if value not in allowed.series_limits:
                yield _not_saved("the number of series", value)
        elif name == "result_type":
            if str(getattr(value, "value", value)) not in allowed.results:
                yield _not_saved("the result", getattr(value, "value", value))
        else:
            yield _not_saved(name, value)


def _not_saved(what: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return f"This chart was not saved with {what} {text[:100]!r}; viewers see charts as they were saved."


def _extra_faults(
    extras: Mapping[str, Any], allowed: Allowed, columns: frozenset[Key], clean: Callable[[str], str]
) -> Iterator[str]:
    for name, value in extras.items():
        if not value:
            continue
        if name in ("where", "having"):
            own = allowed.where if name == "where" else allowed.having
            if value not in own and value not in set(map(clean, own)):
                yield _not_saved("the condition", value)
        elif name == "time_grain_sqla":
            if not _is_grain(value):
                yield _not_saved("the grain", value)
        elif name == "column_order":
            known = _names(columns | allowed.metrics)
            yield from (_not_saved("the column", item) for item in value if item not in known)
        elif name not in ("relative_start", "relative_end") or value not in ("now", "today"):
            yield _not_saved(name, value)


def _is_column(item: Any, columns: frozenset[Key]) -> bool:
    if isinstance(item, Mapping) and not _is_grain(item.get("timeGrain")):
        return False
    return _key(item) in columns


def _is_order(item: Any, known: frozenset[Key]) -> bool:
    return len(item) == 2 and isinstance(item[1], bool) and _key(item[0]) in known


def _is_filter(item: Mapping[str, Any], allowed: Allowed, dataset: Dataset) -> bool:
    """A column, a plain operator, and values.

    Filters and clicks reach charts on other datasets too; Superset ignores a column that these lack.
    """
    column, value = item.get("col"), item.get("val")
    if isinstance(column, str):
        known = column in dataset.columns or (_NAME.fullmatch(column) and column not in dataset.metrics)
    else:
        known = _is_column(column, allowed.columns)
    values = value if isinstance(value, list | tuple) else [value]
    return bool(
        known
        and item.keys() <= _FILTER
        and str(item.get("op")).upper() in _OPERATORS
        and all(isinstance(one, str | int | float | bool | None) for one in values)
        and _is_grain(item.get("grain"))
    )


def _is_grain(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(_GRAIN.fullmatch(value)))


def _is_offset(item: Any, allowed: Allowed) -> bool:
    if item in allowed.offsets:
        return True
    return bool(allowed.offsets & {"custom", "inherit"} and _DAYS_AGO.fullmatch(str(item)))


def _is_annotation(item: Mapping[str, Any], saved: Iterable[Mapping[str, Any]]) -> bool:
    overrides = item.get("overrides") or {}
    return all(
        name in _OVERRIDES and isinstance(value, str | None) for name, value in overrides.items()
    ) and any(all(item.get(name) == one.get(name) for name in _ANNOTATION) for one in saved)


def _is_work(item: Mapping[str, Any], words: frozenset[str], rules: frozenset[str]) -> bool:
    options = item.get("options") or {}
    if item.get("operation") == "resample" and options.get("rule") not in rules:
        # minutes of years of days would fill the memory
        return False
    known = _POST_PROCESSING.get(item.get("operation"))
    return (
        known is not None
        and options.keys() <= set(known.split())
        and all(_is_word(value, words) for value in options.values())
    )


def _is_word(value: Any, words: frozenset[str]) -> bool:
    """Whether all texts are known names or words, and all numbers small or the chart's own."""
    if isinstance(value, Mapping):
        return all(_is_word(part, words) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return all(_is_word(part, words) for part in value)
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return abs(value) <= _SMALL or str(value) in words
    # a percentage is named %metric, a compared metric metric__1 year ago
    parts = [value, *value.removeprefix("%").split("__")]
    return parts[0] in words | _WORDS or all(part in words | _WORDS for part in parts[1:])


def _key(item: Any) -> Key:
    """The form in which columns and metrics are compared; without one, nothing saved is equal to it."""
    if isinstance(item, str):
        return item
    if not isinstance(item, Mapping) or not item.keys() <= _ADHOC:
        return ("unknown", repr(item))
    kind, label = item.get("expressionType"), item.get("label")
    if kind == "SIMPLE":
        column = item.get("column")
        name = column.get("column_name") if isinstance(column, Mapping) else column
        return (kind, str(item.get("aggregate")), str(name), str(label))
    text = item.get("sqlExpression")
    if item.get("columnType") == "BASE_AXIS" and isinstance(text, str) and text == label:
        return text
    return (str(kind), str(text), str(label))


def _names(keys: Iterable[Key]) -> frozenset[str]:
    """Names, and labels of ad-hoc columns and metrics."""
    return frozenset(key if isinstance(key, str) else str(key[-1]) for key in keys)


def _conditions(params: Mapping[str, Any], clause: str) -> frozenset[str]:
    """Saved SQL conditions, joined as the browser does: alone, and with filters that lack a value."""
    joined = set()
    for name in ("adhoc_filters", "adhoc_filters_b"):
        own = [
            item["sqlExpression"]
            for item in _list(params.get(name))
            if item.get("expressionType") == "SQL" and str(item.get("clause", "WHERE")).upper() == clause
        ]
        for times in range(4 if clause == "WHERE" else 1):
            joined.add(" AND ".join(f"({text})" for text in [*own, *[_NOTHING] * times]))
    return frozenset(joined - {""})


def _simple(item: Mapping[str, Any]) -> dict[str, Any]:
    plain = {"col": item.get("subject"), "op": item.get("operator")}
    return plain if "comparator" not in item else {**plain, "val": item["comparator"]}


def _values(params: Mapping[str, Any], names: Iterable[str]) -> Iterator[Any]:
    """All values under the names, including those of a second query."""
    for name in names:
        yield from _list(params.get(name))
        yield from _list(params.get(f"{name}_b"))


def _list(value: Any) -> list[Any]:
    if value in (None, "", [], {}):
        return []
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> Iterator[str]:
    """All texts and numbers among the values, at every depth."""
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list):
        if value is not None and not isinstance(value, bool):
            yield str(value)
        return
    for item in value:
        yield from _texts(item)
