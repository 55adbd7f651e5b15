"""Which lines each mart adds up, and how a person names its figures.

These queries share nothing with the models of the marts: where a model loses or doubles a line, the trace
does not add up, and shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tradewind.definitions import Mart, Metric
from tradewind.trace import engagement_lines, order_lines, sales_lines
from tradewind.trace.errors import TraceError, unknown
from tradewind.trace.lines import Lines
from tradewind.trace.sums import Sum, depends_on_rows, sums_of


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of a mart, its sums, and the lines that each of them adds up."""

    mart: Mart
    metric: Metric
    lines: Mapping[Sum, Lines]


#: Marts in the order in which they are looked through for a figure.
ROUTES: Mapping[str, Sequence[Lines]] = {
    "mart_sales_monthly": [sales_lines.LINES],
    "mart_sales_daily": [sales_lines.LINES],
    "mart_orders_monthly": order_lines.OF_ORDERS,
    "mart_orders_daily": order_lines.OF_ORDERS,
    "mart_order_items_monthly": [order_lines.ITEMS],
    "mart_sellers_monthly": [order_lines.ITEMS_OF_SELLERS],
    "mart_payments_monthly": [order_lines.PAYMENTS],
    "mart_engagement_monthly": [engagement_lines.LINES, sales_lines.LINES],
    "mart_executive_summary": [sales_lines.LINES, engagement_lines.LINES],
    "mart_sales_trend": [sales_lines.LINES],
}


def figures_called(name: str, marts: Mapping[str, Mart], only: str | None = None) -> list[Figure]:
    """The figures that a person may mean, the likeliest first: by name or label, as `total_sales` or `sales`.

    Args:
        marts: as they are defined.
        only: name of the only mart to look in.

    Raises:
        TraceError: there is none, or it is not a sum of lines.
    """
    if only is not None and only not in ROUTES:
        raise unknown("mart that can be traced called", only, ROUTES)
    places = [only] if only else [*ROUTES, *(each for each in marts if each not in ROUTES)]
    found = [
        (marts[mart], metric)
        for mart in places
        for metric in marts[mart].metrics.values()
        if metric.is_called(name)
    ]
    if not found:
        there = [metric for mart in ([only] if only else ROUTES) for metric in marts[mart].metrics.values()]
        names, labels = (each.name for each in there), (each.label for each in there)
        raise unknown("metric", name, names, f" in {only}" if only else "", labels)
    figures, reasons = [], []
    for mart, metric in found:
        try:
            figures.append(_figure(mart, metric))
        except TraceError as error:
            reasons.append(str(error))
    if not figures:
        raise TraceError(reasons[0])
    return figures


def _figure(mart: Mart, metric: Metric) -> Figure:
    sums = sums_of(metric)
    if mart.name not in ROUTES:
        raise TraceError(
            f"{metric.name} cannot be traced: rows of {mart.name} are not sums of single lines of files."
            f" Marts that can be traced: {', '.join(ROUTES)}"
        )
    return Figure(mart, metric, {each: _lines_of(mart, metric, each) for each in sums})


def _lines_of(mart: Mart, metric: Metric, wanted: Sum) -> Lines:
    for lines in ROUTES[mart.name]:
        known = {*lines.measures, *lines.dimensions}
        if known.issuperset(wanted.columns) and lines.measures.keys() & set(wanted.columns):
            if not depends_on_rows(wanted, lines.measures):
                return lines
            parts = ", ".join(name for name in wanted.columns if name in lines.measures)
            raise TraceError(
                f"{metric.name} of {mart.name} cannot be traced: {wanted} is decided by rows of the mart,"
                f" not by lines of files. Trace its parts: {parts}"
            )
    # the same column is another figure in a mart that compares months, plans or counts
    known = {name for lines in ROUTES[mart.name] for name in (*lines.measures, *lines.dimensions)}
    strange = ", ".join(name for name in wanted.columns if name not in known) or str(wanted)
    raise TraceError(
        f"{metric.name} of {mart.name} cannot be traced: {strange} is not a sum of lines of files"
    )
