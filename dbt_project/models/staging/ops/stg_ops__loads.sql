-- The ledger as this build sees it. Built first, in one statement: loads that commit while the build runs
-- wait for the next one, so that every model counts the same rows.
select
    loads.load_id,
    loads.source,
    loads.state,
    loads.rows_read,
    loads.rows_loaded,
    loads.rows_rejected,
    loads.is_sample,
    loads.data_from,
    loads.data_to,
    loads.finished_at,
    loads.precedence,
    counted_loads.load_id is not null as is_counted,
    current_scopes.scope as current_scope,
    case
        {% for name in sources_that_restate() -%}
        when loads.source = '{{ name }}' then current_scopes.scope_id
        {% endfor -%}
        when counted_loads.load_id is not null then loads.load_id
    end as batch_id
from {{ source('ops', 'loads') }} as loads
left join {{ source('ops', 'counted_loads') }} as counted_loads
    on loads.load_id = counted_loads.load_id
left join {{ source('ops', 'current_scopes') }} as current_scopes
    on loads.load_id = current_scopes.load_id
