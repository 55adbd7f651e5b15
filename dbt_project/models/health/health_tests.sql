-- Grain: test x run of dbt. What a test said in words may quote rows: it stays in ops.test_results.
with results as (

    select
        invocation_id,
        run_at,
        test_name,
        model,
        column_name,
        kind,
        status,
        failures,
        seconds,
        row_number() over (partition by test_name, model order by run_at desc) = 1 as is_latest_of_test,
        dense_rank() over (order by run_at desc) as runs_back
    from {{ source('runs', 'test_results') }}

),

-- a project whose tests have all passed says which tests there are: those of earlier ones are history
project as (

    select min(results.run_at) as first_run_at
    from results
    inner join {{ source('runs', 'publications') }} as publications
        on results.invocation_id = publications.invocation_id
    where publications.project = (
        select latest.project from {{ source('runs', 'publications') }} as latest
        order by latest.published_at desc
        limit 1
    )

)

select
    results.invocation_id,
    {{ in_utc('results.run_at') }} as run_at,
    to_char(results.run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as run,
    cast(results.runs_back as int) as runs_back,
    results.test_name,
    results.model,
    results.column_name,
    case results.kind when 'unit' then 'Logic' else 'Data' end as kind,
    case results.status
        when 'pass' then 'Passed'
        when 'warn' then 'Warned'
        when 'skipped' then 'Skipped'
        else 'Failed'
    end as status,
    results.failures,
    results.seconds,
    results.is_latest_of_test and results.run_at >= coalesce(project.first_run_at, '-infinity') as is_current
from results
cross join project
