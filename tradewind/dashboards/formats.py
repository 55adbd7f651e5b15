"""How figures are written: each unit in one way, changes with their sign, on all pages.

The formats are those of d3; `superset/brand/templates/figures.js` says what the pages make of `.3s`: whole
figures below 10,000, three significant digits above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

FORMAT = re.compile(r"(?P<sign>\+?)(?P<symbol>\$?),?(?:\.(?P<digits>\d+))?(?P<trims>~?)(?P<kind>[sfd%])")

#: Three significant digits, by design; four or more are not taken in at a glance.
_DIGITS = "3"
# Metrics that are differences; `profit_effect` also holds the profits that the effects lie between.
_CHANGE = re.compile(r"(^|_)(growth|change|gap)(_|$)|(?<!^profit)_effect$")
# Chart params with a format, and those that name the metrics that it is for.
_PARAMS = {
    "y_axis_format": ("metric", "metrics", "y"),
    "y_axis_format_secondary": ("metrics_b",),
    "number_format": ("metric", "metrics"),
    "xAxisFormat": ("x",),
    "tooltipSizeFormat": ("size",),
}


def unit_of(metric: dict[str, Any]) -> str:
    """A dataset's metric's unit, such as `USD`; empty if it has none."""
    certification = (metric.get("extra") or {}).get("certification") or {}
    found = re.match(r"Unit: ([^.]+)\.", certification.get("details", ""))
    return found[1] if found else ""


def metric_faults(metrics: list[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    """Formats of metrics that break a rule.

    Args:
        metrics: each with the path of its dataset.

    Yields:
        path of the dataset, what is wrong.
    """
    first: dict[str, tuple[str, str]] = {}
    for path, metric in metrics:
        name, text, unit = metric["metric_name"], metric.get("d3format"), unit_of(metric)
        if not text:
            continue
        found = FORMAT.fullmatch(text)
        if not found or (found["kind"] == "s" and (found["digits"], found["trims"]) != (_DIGITS, "")):
            yield path, f"metric '{name}' is written as {text}: large figures take .3s"
            continue
        if bool(found["sign"]) != bool(_CHANGE.search(name)):
            yield path, f"metric '{name}' is written as {text}: changes take '+', others do not"
        other, expected = first.setdefault(unit, (name, text.lstrip("+")))
        if unit and text.lstrip("+") != expected:
            yield path, f"metric '{name}' in {unit} is written as {text}, but '{other}' as {expected}"


def chart_faults(chart: dict[str, Any], dataset: dict[str, Any]) -> Iterator[str]:
    """Formats of a chart that are not those of its metrics.

    A card writes a figure just as its metric says. An axis may have fewer decimals, and drops zeros; a table
    may write counts in full.
    """
    defined = {metric["metric_name"]: metric.get("d3format") for metric in dataset["metrics"]}
    is_card = chart["viz_type"].startswith("big_number")
    for text, metric in _used(chart["params"], is_card=is_card):
        expected = defined.get(metric)
        if not expected:
            continue
        fits = text == expected if is_card else _fits(text, expected, is_table=chart["viz_type"] == "table")
        if not fits:
            yield f"it writes '{metric}' as {text}, which is defined as {expected}"


def _used(params: dict[str, Any], *, is_card: bool) -> Iterator[tuple[str | None, str]]:
    for key, places in _PARAMS.items():
        if key in params or (is_card and key == "y_axis_format"):
            for place in places:
                named = params.get(place, [])
                yield from (
                    (params.get(key), name) for name in ([named] if isinstance(named, str) else named)
                )
    for name, column in params.get("column_config", {}).items():
        if "d3NumberFormat" in column:
            yield column["d3NumberFormat"], name


def _fits(text: str | None, expected: str, *, is_table: bool) -> bool:
    found, defined = FORMAT.fullmatch(text or ""), FORMAT.fullmatch(expected)
    if not found or not defined:
        return text == expected
    if (found["sign"], found["symbol"]) != (defined["sign"], defined["symbol"]):
        return False
    kind, digits = _precision(found)
    defined_kind, most = _precision(defined)
    if defined_kind == "s":
        is_count = not defined["symbol"]
        return (kind, digits) == ("s", most) or (is_table and is_count and (kind, digits) == ("f", 0))
    if kind == "s":
        # an axis of counts, between whose whole figures there may be lines
        return (defined_kind, most) == ("f", 0) and digits == int(_DIGITS)
    return kind == defined_kind and digits <= most


def _precision(found: re.Match[str]) -> tuple[str, int]:
    """Kind and digits; `d` is `f` without decimals."""
    return ("f", 0) if found["kind"] == "d" else (found["kind"], int(found["digits"] or 6))
