-- Grain: one row per target that counts, from any source.
{{ config(materialized='view') }}

select
    source,
    coalesce(company, company_of_source) as company,
    {{ month_start('target_month') }} as target_month,
    country,
    segment,
    sales_target,
    nullif(nullif(upper(trim(currency)), 'UNKNOWN'), '') as currency,
    load_id,
    file_line,
    batch_id
from {{ rows_of_sources(
    sources_of_targets(), ['target_month', 'segment', 'sales_target', 'currency']
) }} as targets
where left_out_by is null
