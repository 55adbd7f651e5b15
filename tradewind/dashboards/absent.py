"""Which charts and filters have nothing to show, because no source has the figures, and what to say of it.

What a column or a mart lacks when it is empty is said once, beside the model, in `meta.superset.absent`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from tradewind.dashboards import names
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.checks import STATUS
from tradewind.dashboards.presence import SALES_WITH, Presence

#: Chart types with one column for each metric: some of them may be blank.
_TABLES = {"table", "pivot_table_v2"}
#: Chart types that draw nothing where one of their metrics has no value.
_NEED_ALL = {"bubble_v2"}
#: End of the names of metrics that are the share of sales with a figure.
_COVERAGE = "_coverage"
#: Status tables, which describe the data of a page; they are never absent.
STATUS_TABLES = {f"marts.{STATUS}", "marts.mart_data_status"}


@dataclass(frozen=True)
class Absence:
    """Why there is nothing to show.

    Attributes:
        says: for people, for example `No cost in the data`.
        source: the source that has no rows, if a certain one is missing as a whole.
        model: the canonical model that no source with rows is mapped to, if all of them are missing.
        is_whole: whether a source as a whole is missing, and not only a figure that its lines could have.
        is_needless: whether it would tell a reader nothing: a share of 100% or 0%, a filter with one value.
    """

    says: str
    source: str = ""
    model: str = ""
    is_whole: bool = False
    is_needless: bool = False

    def __str__(self) -> str:
        if self.model:
            return f"{self.says} (no source of {self.model} has rows)"
        return f"{self.says} ({self.source} has no rows)" if self.source else self.says


def of_tree(tree: asset_tree.Tree, presence: Presence) -> dict[str, Absence]:
    """Uuid of each chart that has nothing to show -> why."""
    datasets = {data["uuid"]: data for data in asset_tree.of_kind(tree, "datasets").values()}
    found = {}
    for chart in asset_tree.of_kind(tree, "charts").values():
        absence = of_chart(chart["params"], datasets[chart["dataset_uuid"]], presence)
        if absence:
            found[chart["uuid"]] = absence
    return found


def of_chart(params: dict[str, Any], dataset: dict[str, Any], presence: Presence) -> Absence | None:
    """Why a chart has nothing to show; None if it has.

    It has nothing if its mart has no rows, if no metric that it shows has a value, or if all columns that it
    groups by are unknown, or have a single value where the model calls them optional. An optional column on
    its axis must be known, whatever its series are. A chart of two sources, such as sales and stock, needs
    both of them; a table needs half of its metrics.

    Args:
        params: of the chart, with `viz_type`.
        dataset: of the chart, as its file says it.
    """
    table = asset_tree.full_name(dataset)
    if table in STATUS_TABLES:
        return None
    if presence.lacks_rows(table):
        return _of_table(dataset)
    metrics = [_of_metric(name, dataset, presence) for name in names.shown_metrics(params)]
    lacking = [absence for absence in metrics if absence]
    if lacking and _is_blank(params["viz_type"], len(metrics), lacking):
        return lacking[0]
    columns = [name for name in names.columns(params) if isinstance(name, str)]
    axis = params.get("x_axis")
    if isinstance(axis, str) and presence.lacks(table, axis) and _of_column(axis, dataset).is_needless:
        return _of_column(axis, dataset)
    if columns and all(presence.lacks(table, name) for name in columns):
        return _of_column(columns[0], dataset)
    if columns and all((table, name) in presence.constant_columns for name in columns):
        absence = _of_column(columns[0], dataset)
        return absence if absence.is_needless else None
    return None


def of_filter(column: str, dataset: dict[str, Any], presence: Presence) -> Absence | None:
    """Why a filter by the column has nothing to offer, or only one value; None if there is a choice."""
    table = asset_tree.full_name(dataset)
    if presence.lacks_rows(table):
        return _of_table(dataset)
    if presence.lacks(table, column):
        return _of_column(column, dataset)
    if (table, column) in presence.constant_columns:
        return Absence(f"All rows have one {column.replace('_', ' ')}", is_needless=True)
    return None


def _is_blank(viz_type: str, metrics: int, lacking: list[Absence]) -> bool:
    if viz_type in _TABLES:
        return len(lacking) > metrics / 2
    needs_all = viz_type in _NEED_ALL or any(absence.is_whole for absence in lacking)
    return needs_all or len(lacking) == metrics


def _of_metric(name: str, dataset: dict[str, Any], presence: Presence) -> Absence | None:
    table = asset_tree.full_name(dataset)
    for column in _columns_of(name, dataset):
        is_share = name.endswith(_COVERAGE) and column.startswith(SALES_WITH)
        if is_share and (table, column) not in presence.partial_columns:
            return Absence("All sales have the figure, or none has it", is_needless=True)
        if presence.lacks(table, column):
            return _of_column(column, dataset)
    return None


def _columns_of(metric: str, dataset: dict[str, Any]) -> Iterator[str]:
    """Columns that a metric reads, in the order of its expression."""
    for item in dataset["metrics"]:
        if item["metric_name"] == metric and not names.is_line(item):
            expression = sqlglot.parse_one(item["expression"], dialect="postgres")
            yield from (column.name for column in expression.find_all(exp.Column))


def _of_table(dataset: dict[str, Any]) -> Absence:
    name = (dataset.get("description") or dataset["table_name"]).partition(".")[0]
    given = (dataset.get("extra") or {}).get("absent") or {"says": f"Nothing in the data: {name}"}
    return Absence(**given, is_whole=True)


def _of_column(name: str, dataset: dict[str, Any]) -> Absence:
    column = next((item for item in dataset["columns"] if item["column_name"] == name), {})
    title = column.get("verbose_name", name)
    given = dict((column.get("extra") or {}).get("absent") or {"says": f"Not in the data: {title}"})
    is_needless = given.pop("optional", False)
    return Absence(
        **given, is_whole=not given.keys().isdisjoint(("source", "model")), is_needless=is_needless
    )
