-- Grain: one row per source. Its age is measured when it is read.
with last_loads as (

    select
        source,
        max(finished_at) as finished_at,
        max(data_to) as data_to
    from {{ source('ops', 'loads') }}
    where state = 'loaded'
    group by source

),

sources as (

    {% set limits = freshness_limits() -%}
    {% for name in relations() -%}
    {% set limit = limits.get(name) -%}
    select
        '{{ name }}' as source,
        cast({{ "'" ~ limit.count ~ ' ' ~ limit.period ~ "'" if limit else 'null' }} as interval) as max_age
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

ages as (

    select
        sources.source,
        last_loads.finished_at,
        last_loads.data_to,
        cast(extract(epoch from now() - last_loads.finished_at) / 86400 as numeric(12, 3)) as age_days,
        cast(extract(epoch from sources.max_age) / 86400 as numeric(12, 3)) as limit_days
    from sources
    left join last_loads on sources.source = last_loads.source

)

select
    source,
    {{ source_title('source') }} as source_name,
    {{ in_utc('finished_at') }} as last_load_at,
    data_to,
    age_days,
    limit_days,
    case
        when age_days is null then 'No file yet'
        when limit_days is null then 'No limit'
        when age_days >= limit_days then 'Late'
        else 'Fresh'
    end as status
from ages
