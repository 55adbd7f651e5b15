-- Grain: one row per figure and batch of loads. A batch is added up once, when it comes to count, not again.
-- Written by templates, whose layout the linter cannot follow:
{% set follows = {} -%}
{%- for figures in kpis_by_batch().values() -%}
    {%- do follows.update(read_through_fact(figures) if figures.is_shared else {figures.layers.fact: nothing()}) -%}
{%- endfor -%}
{{ config(**slices(
    by='batch_id bigint', log='source text', batches_of=sources_of(kpis_by_batch()), follows=follows
)) }}

with

{% for id, figures in kpis_by_batch().items() -%}
{% set domain, table = figures.source.split('.') -%}
{% set cte = cte_prefix(id) -%}
-- raw rows are taken by load and scope alone, not through staging: a row lost or doubled on the way shows
{{ cte }}_raw as (

    select
        loads.batch_id,
        {% for kpi in figures.kpis -%}
        {{ kpi_raw_total(figures, kpi) }} as {{ kpi }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ source(domain, table) }} as raw_rows
    inner join {{ ref('stg_ops__loads') }} as loads
        on
            raw_rows._load_id = loads.load_id
            {%- if relation_of(figures.source).kind == 'restate' %}
            and {{ scope_text(relation_of(figures.source), 'raw_rows') }} = loads.current_scope
            {%- endif %}
    where
        loads.source = '{{ figures.source }}'
        and loads.batch_id is not null
        and {{ is_touched('loads.batch_id', load='raw_rows._load_id', source_name=figures.source) }}
    group by loads.batch_id

),

{% for layer in figures.layers -%}
{{ cte }}_{{ layer }} as (

    select
        layer_rows.batch_id,
        {% for kpi, column in figures.kpis.items() -%}
        {{ kpi_total(column, 'layer_rows') }} as {{ kpi }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ kpi_rows(figures, layer) }}
    where {{ is_touched('layer_rows.batch_id', load='layer_rows.load_id', source_name=figures.source) }}
    group by layer_rows.batch_id

),

{% endfor -%}
{% endfor -%}
totals as (

    {% for id, figures in kpis_by_batch().items() -%}
    {% set cte = cte_prefix(id) -%}
    {% set last_source = loop.last -%}
    {% for kpi in figures.kpis -%}
    {% set last_kpi = loop.last -%}
    {% for layer in ['raw'] + figures.layers.keys() | list -%}
    select
        '{{ figures.source }}' as source,
        '{{ kpi }}' as kpi,
        batch_id,
        '{{ layer }}' as layer,
        {{ kpi }} as amount
    from {{ cte }}_{{ layer }}
    {{ 'union all' if not (last_source and last_kpi and loop.last) }}
    {% endfor -%}
    {% endfor -%}
    {% endfor -%}

)

select
    source,
    kpi,
    batch_id,
    cast(
        case
            when not ({{ is_without_raw(kpis_by_batch()) }})
                then sum(case when layer = 'raw' then amount else 0 end)
        end as numeric(24, 6)
    ) as raw_total,
    {% for layer in ['staging', 'fact'] -%}
    cast(sum(case when layer = '{{ layer }}' then amount else 0 end) as numeric(24, 6)) as {{ layer }}_total{{ ',' if not loop.last }}
    {% endfor -%}
from totals
group by source, kpi, batch_id
