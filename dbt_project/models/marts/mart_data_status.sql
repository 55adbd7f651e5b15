-- Grain: one row per source with files whose rows count. Reads the ledger, as no other mart does: it says
-- what the figures rest on. A file of a source that restates counts while it is the current one of a
-- scope.
with loads as (

    select distinct
        load_id,
        source,
        state,
        rows_read,
        rows_loaded,
        rows_rejected,
        is_sample,
        data_from,
        data_to,
        finished_at,
        batch_id is not null as is_current
    from {{ ref('stg_ops__loads') }}

),

files as (

    select
        source,
        {% set plans = sources_of_plans() | join("', '") -%}
        min(case when source not in ('{{ plans }}') then data_from end) as data_from,
        max(case when source not in ('{{ plans }}') then data_to end) as data_as_of,
        max(finished_at) as loaded_at,
        count(*) as files,
        sum(rows_read) as rows_read,
        sum(rows_loaded) as rows_loaded,
        sum(rows_rejected) as rows_rejected,
        bool_or(is_sample) as is_sample
    from loads
    where is_current
    group by source

),

held as (

    select count(*) as files_held
    from loads
    where state = 'held'

),

-- a file that a later one restates in part may hold days that no longer count
days as (

    {% for figures in kpis().values()
        if relation_of(figures.source).kind == 'restate' and figures.marts.daily_mart -%}
    select
        '{{ figures.source }}' as source,
        min(day) as data_from,
        max(day) as data_as_of
    from {{ ref(figures.marts.daily_mart) }}
    where {{ is_of_source(figures) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

figures as (

    select
        source,
        max(
            case
                {% for figures in kpis().values() -%}
                when source = '{{ figures.source }}' and kpi = '{{ figures.rows }}' then staging_total
                {% endfor -%}
            end
        ) as rows_loaded,
        bool_and(is_reconciled) as is_reconciled
    from {{ ref('kpi_reconciliation') }}
    group by source

),

sources as (

    {% for source_name in relations() -%}
    select
        '{{ source_name }}' as source,
        '{{ source_name.split('.')[0] }}' as domain,
        '{{ source_titles()[source_name] | replace("'", "''") }}' as source_name
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    sources.source,
    sources.domain,
    sources.source_name,
    case when days.source is not null then days.data_from else files.data_from end as data_from,
    case when days.source is not null then days.data_as_of else files.data_as_of end as data_as_of,
    cast(files.loaded_at as timestamp) as loaded_at,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as published_at,
    -- written by a later build that fails, which publishes nothing else
    cast(null as timestamp) as build_failed_at,
    cast(files.files as bigint) as files,
    cast(files.rows_read as bigint) as rows_read,
    -- a source without figures still has rows: those of its files
    cast(coalesce(figures.rows_loaded, files.rows_loaded) as bigint) as rows_loaded,
    cast(files.rows_rejected as bigint) as rows_rejected,
    cast(held.files_held as bigint) as files_held,
    files.is_sample,
    -- unknown for a source without figures to compare
    figures.is_reconciled
from sources
inner join files on sources.source = files.source
left join figures on sources.source = figures.source
left join days on sources.source = days.source
cross join held
