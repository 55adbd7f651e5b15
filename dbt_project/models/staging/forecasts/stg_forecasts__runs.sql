-- A table, as it keeps account of what was forecast since the last build: the ledger knows nothing of it.
select
    run_id,
    metric,
    cast(made_on at time zone 'UTC' as timestamp) as made_on,
    publication,
    history_from,
    history_to,
    is_sample,
    left_out,
    is_latest
from {{ source('forecasts', 'forecast_runs') }}
