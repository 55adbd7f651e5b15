"""A card of a share of a target also asks for the gap, which `brand/templates/cards.js` says in money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Metrics that are a share of a target, and those that are the gap to it in money.
GAPS = {"target_attainment": "target_gap"}


def install() -> None:
    """Complete the queries of cards where Superset takes them."""
    from superset.common.query_context_factory import QueryContextFactory

    create = QueryContextFactory.create

    def create_with_gap(self, *, datasource, queries, form_data=None, **how):
        if gap := gap_of(form_data or {}):
            known = {metric.metric_name for metric in self._convert_to_model(datasource).metrics}
            if gap in known:
                queries = with_gap(queries, gap)
        return create(self, datasource=datasource, queries=queries, form_data=form_data, **how)

    QueryContextFactory.create = create_with_gap


def gap_of(form: Mapping[str, Any]) -> str | None:
    """The metric of the gap, of a card that is a share of a target; None of other charts."""
    metric = form.get("metric")
    return GAPS.get(metric) if form.get("viz_type") == "big_number" and isinstance(metric, str) else None


def with_gap(queries: Iterable[Mapping[str, Any]], gap: str) -> list[dict[str, Any]]:
    """The queries of a card, of which that of the whole period has the gap as well."""
    return [
        {**query, "metrics": [*query.get("metrics", []), gap]} if not query.get("columns") else {**query}
        for query in queries
    ]
