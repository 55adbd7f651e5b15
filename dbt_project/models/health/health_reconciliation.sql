-- Grain: one row per source and headline figure, as of the last run that compared them, published or not.
select
    {{ in_utc('run_at') }} as run_at,
    source,
    {{ source_title('source') }} as source_name,
    upper(left(kpi, 1)) || replace(substr(kpi, 2), '_', ' ') as figure,
    raw_total,
    staging_total,
    fact_total,
    mart_total,
    daily_mart_total,
    -- the farthest that a layer is from the raw rows
    cast(
        greatest(raw_total, staging_total, fact_total, mart_total, daily_mart_total)
        - least(raw_total, staging_total, fact_total, mart_total, daily_mart_total) as numeric(24, 4)
    ) as difference,
    case when is_reconciled then 'Reconciled' else 'Differs' end as state
from {{ source('runs', 'reconciliation_results') }}
where run_at = (select max(latest.run_at) from {{ source('runs', 'reconciliation_results') }} as latest)
