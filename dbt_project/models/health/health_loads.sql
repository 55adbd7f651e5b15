-- Grain: one row per entry of the ledger. Why a file is held, and remarks on it, come as kinds: the
-- loader's words may quote it.
with by_earlier_load as (

    select
        load_id,
        replaced_load_id,
        sum(rows_before) as rows_before
    from {{ source('ops', 'load_replacements') }}
    group by load_id, replaced_load_id

),

replaced as (

    select
        load_id,
        string_agg(cast(replaced_load_id as text), ', ' order by replaced_load_id) as replaced_loads,
        cast(sum(rows_before) as bigint) as rows_replaced
    from by_earlier_load
    group by load_id

),

-- a held file is known to marts as well, which show nothing of it
shown as (

    select
        published_loads.load_id,
        coalesce(publications.turned_over_at, published_loads.published_at) as shown_at
    from {{ source('runs', 'published_loads') }} as published_loads
    left join {{ source('runs', 'publications') }} as publications
        on published_loads.invocation_id = publications.invocation_id
    where published_loads.state = 'loaded'

)

select
    loads.load_id,
    loads.source,
    {{ source_title('loads.source') }} as source_name,
    loads.file_name || case when loads.part <> '' then ' [' || loads.part || ']' else '' end as file_name,
    initcap(loads.state) as state,
    case
        when loads.state = 'held' then {{ kind_title('loads.hold_kind', hold_titles()) }}
    end as held_because,
    case when loads.is_sample then 'Sample data' else 'Real data' end as data_kind,
    {{ in_utc('coalesce(loads.finished_at, loads.started_at)') }} as loaded_at,
    cast({{ in_utc('coalesce(loads.finished_at, loads.started_at)') }} as date) as day,
    loads.rows_read,
    loads.rows_loaded,
    loads.rows_rejected,
    coalesce(replaced.rows_replaced, 0) as rows_replaced,
    replaced.replaced_loads,
    {{ remark_kinds('loads.remarks') }} as remarks,
    loads.bytes,
    loads.data_from,
    loads.data_to,
    cast(extract(epoch from loads.finished_at - loads.started_at) as numeric(12, 3)) as seconds,
    {{ in_utc('loads.arrived_at') }} as arrived_at,
    {{ in_utc('shown.shown_at') }} as shown_at,
    cast(extract(epoch from shown.shown_at - loads.arrived_at) as numeric(12, 3)) as seconds_to_chart
from {{ source('ops', 'loads') }} as loads
left join replaced on loads.load_id = replaced.load_id
left join shown on loads.load_id = shown.load_id
