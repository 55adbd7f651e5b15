-- Grain: model or seed x run of dbt.
select
    invocation_id,
    {{ in_utc('run_at') }} as run_at,
    to_char(run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as run,
    cast(dense_rank() over (order by run_at desc) as int) as runs_back,
    model,
    case
        when starts_with(model, 'stg_') then 'Staging'
        when starts_with(model, 'mart_') then 'Marts'
        when starts_with(model, 'kpi_') or starts_with(model, 'health_') then 'Checks'
        else 'Core'
    end as layer,
    case status when 'success' then 'Built' when 'skipped' then 'Skipped' else 'Failed' end as status,
    row_count,
    seconds
from {{ source('runs', 'model_runs') }}
