-- Grain: one row per figure of a source, with its total in every layer that it passed through. A source is
-- compared again only when one of its layers changed.
-- Written by templates, whose layout the linter cannot follow:
{% set follows = followed_marts() -%}
{% do follows.update({'kpi_totals_by_batch': same(), 'kpi_totals_by_source': same()}) -%}
{{ config(**slices(by='source text', follows=follows)) }}

with figures as (

    {% for id, figures in kpis().items() -%}
    {% set last_source = loop.last -%}
    {% for kpi in figures.kpis -%}
    select
        '{{ figures.source }}' as source,
        '{{ kpi }}' as kpi,
        {{ 'true' if raw_figure(figures, kpi) else 'false' }} as has_raw,
        {{ 'true' if 'fact' in figures.layers else 'false' }} as has_fact
    {{ 'union all' if not (last_source and loop.last) }}
    {% endfor -%}
    {% endfor -%}

),

before_marts as (

    select
        source,
        kpi,
        sum(raw_total) as raw_total,
        sum(staging_total) as staging_total,
        sum(fact_total) as fact_total
    from {{ ref('kpi_totals_by_batch') }}
    where {{ is_touched('source') }}
    group by source, kpi

    union all

    select
        source,
        kpi,
        raw_total,
        staging_total,
        fact_total
    from {{ ref('kpi_totals_by_source') }}
    where {{ is_touched('source') }}

),

{% for id, figures in kpis().items() -%}
{% set cte = cte_prefix(id) -%}
{% if figures.left_out -%}
{% set names = {} -%}
{% for name in figures.reads %}{% do names.update({name: ref(name)}) %}{% endfor -%}
{{ cte }}_left_out as (

    select
        {% for kpi, column in figures.kpis.items() if kpi not in figures.not_in_marts -%}
        {{ kpi_total(column, 'fact') }} as {{ kpi }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref(figures.reads[0]) }} as fact
    where
        {{ figures.left_out.format(**names) }}
        and {{ is_touched("'" ~ figures.source ~ "'") }}

),

{% endif -%}
{% for layer, mart in figures.marts.items() -%}
{{ cte }}_{{ layer }} as (

    select
        {% for kpi in figures.kpis if kpi not in figures.not_in_marts -%}
        {{ kpi_mart_total(figures, kpi) }} as {{ kpi }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref(mart) }} as mart_rows
    where
        {{ is_of_source(figures) }}
        and {{ is_touched("'" ~ figures.source ~ "'") }}

),

{% endfor -%}
{% endfor -%}
in_marts as (

    {% for id, figures in kpis().items() if figures.marts -%}
    {% set cte = cte_prefix(id) -%}
    {% set last_source = loop.last -%}
    {% for kpi in figures.kpis if kpi not in figures.not_in_marts -%}
    select
        '{{ figures.source }}' as source,
        '{{ kpi }}' as kpi,
        {% for layer in ['mart', 'daily_mart'] -%}
        {% set total = cte ~ '_' ~ layer ~ '.' ~ kpi ~ (' + ' ~ cte ~ '_left_out.' ~ kpi if figures.left_out else '')
            if layer in figures.marts else 'null' -%}
        cast({{ total }} as numeric(24, 4)) as {{ layer }}_total{{ ',' if not loop.last }}
        {% endfor -%}
    from {% for layer in figures.marts.keys() | list + (['left_out'] if figures.left_out else []) -%}
    {{ cte }}_{{ layer }}{{ ' cross join ' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not (last_source and loop.last) }}
    {% endfor -%}
    {% endfor -%}

),

side_by_side as (

    select
        figures.source,
        figures.kpi,
        cast(
            case when figures.has_raw then coalesce(before_marts.raw_total, 0) end as numeric(24, 4)
        ) as raw_total,
        cast(coalesce(before_marts.staging_total, 0) as numeric(24, 4)) as staging_total,
        cast(
            case when figures.has_fact then coalesce(before_marts.fact_total, 0) end as numeric(24, 4)
        ) as fact_total,
        in_marts.mart_total,
        in_marts.daily_mart_total
    from figures
    left join before_marts on figures.source = before_marts.source and figures.kpi = before_marts.kpi
    left join in_marts on figures.source = in_marts.source and figures.kpi = in_marts.kpi
    where {{ is_touched('figures.source') }}

)

select
    source,
    kpi,
    raw_total,
    staging_total,
    fact_total,
    mart_total,
    daily_mart_total,
    coalesce(raw_total = staging_total, true)
    and coalesce(fact_total = staging_total, true)
    and coalesce(mart_total = staging_total, true)
    and coalesce(daily_mart_total = staging_total, true) as is_reconciled
from side_by_side
