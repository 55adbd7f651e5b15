-- Grain: dashboard x source that its figures come from. Sources without files are listed only where
-- the dashboard has no others: it must say so rather than be blank.
with shown as (

    {% for each in dashboard_sources() -%}
    select
        '{{ each.dashboard }}' as dashboard,
        '{{ each.title | replace("'", "''") }}' as dashboard_title,
        '{{ each.source }}' as source,
        '{{ source_titles()[each.source] | replace("'", "''") }}' as source_name,
        '{{ each.marts | join(", ") }}' as marts
    {{ 'union all' if not loop.last }}
    {% else -%}
    select
        cast(null as {{ dbt.type_string() }}) as dashboard,
        cast(null as {{ dbt.type_string() }}) as dashboard_title,
        cast(null as {{ dbt.type_string() }}) as source,
        cast(null as {{ dbt.type_string() }}) as source_name,
        cast(null as {{ dbt.type_string() }}) as marts
    where 1 = 0
    {% endfor %}

),

with_files as (

    select distinct shown.dashboard
    from shown
    inner join {{ ref('mart_data_status') }} as status on shown.source = status.source

)

select
    shown.dashboard,
    shown.dashboard_title,
    shown.source,
    shown.source_name,
    shown.marts,
    status.data_from,
    status.data_as_of,
    status.loaded_at,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as published_at,
    -- written by a later build that fails, which publishes nothing else
    cast(null as timestamp) as build_failed_at,
    coalesce(status.files, 0) as files,
    coalesce(status.rows_read, 0) as rows_read,
    coalesce(status.rows_loaded, 0) as rows_loaded,
    coalesce(status.rows_rejected, 0) as rows_rejected,
    status.is_sample,
    status.is_reconciled
from shown
left join {{ ref('mart_data_status') }} as status on shown.source = status.source
left join with_files on shown.dashboard = with_files.dashboard
where status.source is not null or with_files.dashboard is null
