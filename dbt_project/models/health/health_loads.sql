-- Grain: one row an entry of the ledger. Why a file is held is told by kind: the loader's words may quote it.
select
    loads.load_id,
    loads.source,
    {{ source_title('loads.source') }} as source_name,
    loads.file_name || case when loads.part <> '' then ' [' || loads.part || ']' else '' end as file_name,
    initcap(loads.state) as state,
    case when loads.state = 'held' then {{ hold_kind('loads.message') }} end as held_because,
    case when loads.is_sample then 'Sample data' else 'Real data' end as data_kind,
    {{ in_utc('coalesce(loads.finished_at, loads.started_at)') }} as loaded_at,
    cast({{ in_utc('coalesce(loads.finished_at, loads.started_at)') }} as date) as day,
    loads.rows_read,
    loads.rows_loaded,
    loads.rows_rejected,
    loads.bytes,
    loads.data_from,
    loads.data_to,
    cast(extract(epoch from loads.finished_at - loads.started_at) as numeric(12, 3)) as seconds
from {{ source('ops', 'loads') }} as loads
