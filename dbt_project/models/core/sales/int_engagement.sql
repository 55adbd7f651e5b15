-- Grain: one row per row of engagement that counts, from any source.
{{ config(materialized='view') }}

select
    source,
    coalesce(company, company_of_source) as company,
    engagement_date,
    country,
    segment,
    cast(active_customers as bigint) as active_customers,
    cast(visits as bigint) as visits,
    cast(engaged_visits as bigint) as engaged_visits,
    cast(responses as bigint) as responses,
    load_id,
    file_line,
    batch_id
from {{ rows_of_sources(
    sources_of_engagement(),
    ['engagement_date', 'segment', 'active_customers', 'visits', 'engaged_visits', 'responses']
) }} as engagement
where left_out_by is null
