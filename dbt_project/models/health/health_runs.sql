-- Grain: one row per run of dbt that built or tested.
with models as (

    select
        invocation_id,
        max(run_at) as run_at,
        count(*) filter (where status = 'success') as models_built,
        count(*) filter (where status <> 'success') as models_not_built,
        sum(row_count) as rows_written,
        sum(seconds) as model_seconds
    from {{ source('runs', 'model_runs') }}
    group by invocation_id

),

tests as (

    select
        invocation_id,
        max(run_at) as run_at,
        count(*) as tests_run,
        count(*) filter (where status in ('fail', 'error')) as tests_failed,
        count(*) filter (where status = 'warn') as tests_warned,
        sum(seconds) as test_seconds
    from {{ source('runs', 'test_results') }}
    group by invocation_id

),

runs as (

    select
        coalesce(models.invocation_id, tests.invocation_id) as invocation_id,
        coalesce(models.run_at, tests.run_at) as run_at,
        coalesce(models.models_built, 0) as models_built,
        coalesce(models.models_not_built, 0) as models_not_built,
        coalesce(models.rows_written, 0) as rows_written,
        coalesce(tests.tests_run, 0) as tests_run,
        coalesce(tests.tests_failed, 0) as tests_failed,
        coalesce(tests.tests_warned, 0) as tests_warned,
        coalesce(models.model_seconds, 0) as model_seconds,
        coalesce(tests.test_seconds, 0) as test_seconds
    from models
    full outer join tests on models.invocation_id = tests.invocation_id

)

select
    runs.invocation_id,
    {{ in_utc('runs.run_at') }} as run_at,
    to_char(runs.run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as run,
    cast(rank() over (order by runs.run_at desc) as int) as runs_back,
    case
        when publications.invocation_id is not null then 'Published'
        when runs.models_not_built > 0 or runs.tests_failed > 0 then 'Failed'
        else 'Not published'
    end as outcome,
    {{ in_utc('publications.published_at') }} as published_at,
    runs.models_built,
    runs.models_not_built,
    cast(runs.rows_written as bigint) as rows_written,
    runs.tests_run,
    runs.tests_failed,
    runs.tests_warned,
    cast(runs.model_seconds as numeric(14, 3)) as model_seconds,
    cast(runs.test_seconds as numeric(14, 3)) as test_seconds
from runs
left join {{ source('runs', 'publications') }} as publications
    on runs.invocation_id = publications.invocation_id
