"""Rows of customer engagement of all sources, each with what it adds to the marts."""

from __future__ import annotations

from psycopg import sql

from tradewind.mapping.canonical import CanonicalModel
from tradewind.trace.lines import Lines
from tradewind.trace.mapped_cells import cells_of

_QUERY = """
select
    engagement.engagement_date as day,
    cast(date_trunc('month', engagement.engagement_date) as date) as month,
    engagement.source,
    engagement.company,
    countries.country,
    countries.country_code,
    countries.region,
    segments.segment,
    cast(null as text) as currency,
    cast(null as numeric) as rate,
    engagement.load_id,
    engagement.file_line,
    engagement.visits,
    engagement.engaged_visits,
    engagement.engaged_visits as engagement,
    engagement.responses,
    engagement.visits as of_line_visits,
    engagement.engaged_visits as of_line_engaged_visits,
    engagement.responses as of_line_responses
from core.fct_engagement as engagement
left join core.dim_country as countries on engagement.country_key = countries.country_key
left join core.dim_segment as segments on engagement.segment_key = segments.segment_key
"""

LINES = Lines(
    fact="core.fct_engagement",
    query=lambda _: sql.SQL(_QUERY),
    dimensions=frozenset(
        ["day", "month", "source", "company", "country", "country_code", "region", "segment"]
    ),
    measures={
        "visits": "visits",
        "engaged_visits": "engaged_visits",
        "engagement": "engaged_visits",
        "responses": "responses",
    },
    cells=cells_of(CanonicalModel.ENGAGEMENT),
)
