-- Grain: one row a headline figure, with its total at every layer that it passed through.
with by_batch as (

    select
        source,
        kpi,
        sum(raw_total) as raw_total,
        sum(staging_total) as staging_total,
        sum(fact_total) as fact_total
    from {{ ref('kpi_totals_by_batch') }}
    group by source, kpi

),

in_marts as (

    {% for source_name, figures in kpis_by_batch().items() -%}
    {% set outer = loop -%}
    {% for kpi in figures.kpis -%}
    select
        '{{ source_name }}' as source,
        '{{ kpi }}' as kpi,
        (select sum({{ kpi }}) from {{ ref(figures.marts.mart) }}) as mart_total,
        (select sum({{ kpi }}) from {{ ref(figures.marts.daily_mart) }}) as daily_mart_total
    {{ 'union all' if not (loop.last and outer.last) }}
    {% endfor -%}
    {% endfor -%}

),

side_by_side as (

    select
        in_marts.source,
        in_marts.kpi,
        {% for layer in ['raw', 'staging', 'fact'] -%}
        cast(coalesce(by_batch.{{ layer }}_total, 0) as numeric(24, 4)) as {{ layer }}_total,
        {% endfor -%}
        cast(coalesce(in_marts.mart_total, 0) as numeric(24, 4)) as mart_total,
        cast(coalesce(in_marts.daily_mart_total, 0) as numeric(24, 4)) as daily_mart_total
    from in_marts
    left join by_batch on in_marts.source = by_batch.source and in_marts.kpi = by_batch.kpi

)

select
    source,
    kpi,
    raw_total,
    staging_total,
    fact_total,
    mart_total,
    daily_mart_total,
    raw_total = staging_total
    and staging_total = fact_total
    and fact_total = mart_total
    and mart_total = daily_mart_total as is_reconciled
from side_by_side
