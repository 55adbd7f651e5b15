-- Grain: load x column x kind of reason, of loads that are still open. Of a source without any rejected row
-- one row per load says so: a page must say that nothing is wrong, not be blank.
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
        rows_rejected,
        sum(rows_rejected) over (partition by source) = 0 as is_of_clean_source
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
    coalesce(rejected.column_name, 'None') as column_name,
    coalesce(
        rejected.reason,
        case when loads.rows_rejected > 0 then 'Not kept' else 'Nothing rejected' end
    ) as reason,
    coalesce(rejected.rejected_rows, 0) as rejected_rows,
    rejected.first_line
from loads
left join rejected on loads.load_id = rejected.load_id
where rejected.load_id is not null or loads.rows_rejected > 0 or loads.is_of_clean_source
