-- Grain: load x column x kind of reason, of loads that are still open; no row where nothing was rejected.
with rejected as (

    select
        rejected_rows.load_id,
        coalesce(rejected_rows.column_name, 'Whole row') as column_name,
        {{ kind_title('rejected_rows.kind', fault_titles()) }} as reason,
        count(*) as rejected_rows,
        min(rejected_rows.line) as first_line
    from {{ source('ops', 'rejected_rows') }} as rejected_rows
    group by 1, 2, 3

),

loads as (

    select
        load_id,
        source,
        file_name || case when part <> '' then ' [' || part || ']' else '' end as file_name,
        initcap(state) as state,
        {{ in_utc('coalesce(finished_at, started_at)') }} as loaded_at,
        rows_rejected
    from {{ source('ops', 'loads') }}
    where state in ('loaded', 'held')

)

select
    loads.load_id,
    loads.source,
    {{ source_title('loads.source') }} as source_name,
    loads.file_name,
    loads.state,
    loads.loaded_at,
    cast(loads.loaded_at as date) as day,
    coalesce(rejected.column_name, 'Not kept') as column_name,
    coalesce(rejected.reason, 'Not kept') as reason,
    coalesce(rejected.rejected_rows, loads.rows_rejected) as rejected_rows,
    rejected.first_line
from loads
left join rejected on loads.load_id = rejected.load_id
where rejected.load_id is not null or loads.rows_rejected > 0
