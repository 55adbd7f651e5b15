-- Grain: one row per figure of a source whose later rows replace earlier ones. A source is added up as a
-- whole, but only when it or a model that it passes through changed. Written by templates, whose layout the
-- linter cannot follow:
{{ config(**slices(by='source text', sources=sources_of(kpis_by_source()), follows=followed_layers())) }}

with load_order as (

    select
        source,
        load_id,
        row_number() over (partition by source order by precedence asc, load_id asc) as place
    from {{ ref('stg_ops__loads') }}
    where is_counted and source in ('{{ sources_of(kpis_by_source()) | join("', '") }}')

),

{% for id, figures in kpis_by_source().items() -%}
{% set domain, table = figures.source.split('.') -%}
{% set cte = cte_prefix(id) -%}
{% set key = relation_of(figures.source).key -%}
{% set latest = relation_of(figures.source).latest -%}
-- what counts is found in another way than in staging: by the greatest position of each key, among the rows
-- of the greatest `latest` where the contract names such a column
{{ cte }}_rows as (

    select
        {% for column in key -%}
        raw_rows.{{ column }} as key_{{ loop.index }},
        {% endfor -%}
        {% for kpi in figures.totals if raw_figure(figures, kpi) -%}
        {{ raw_figure(figures, kpi) }} as {{ kpi }},
        {% endfor -%}
        {% if latest -%}
        raw_rows.{{ latest }} as latest_value,
        {% endif -%}
        load_order.place * 1000000000000 + raw_rows._line as row_position
    from {{ source(domain, table) }} as raw_rows
    inner join load_order on raw_rows._load_id = load_order.load_id
    where load_order.source = '{{ figures.source }}' and {{ is_touched("'" ~ figures.source ~ "'") }}

),

{{ cte }}_raw as (

    select
        {% for kpi, column in figures.kpis.items() -%}
        {{ kpi_total(kpi if column else none, 'raw_rows') if raw_figure(figures, kpi) else 'cast(null as numeric(24, 4))' }} as {{ kpi }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            *,
            {% if latest -%}
            max(latest_value) over (
                partition by {% for column in key %}key_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
            ) as greatest_value,
            {% endif -%}
            max(row_position) over (
                partition by
                    {% if latest %}latest_value,{% endif %}
                    {% for column in key %}key_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
            ) as last_position
        from {{ cte }}_rows
    ) as raw_rows
    where
        raw_rows.row_position = raw_rows.last_position
        {%- if latest %}
        and raw_rows.latest_value is not distinct from raw_rows.greatest_value
        {%- endif %}

),

{% for layer in figures.layers -%}
{{ cte }}_{{ layer }} as (

    select
        {% for kpi, column in figures.kpis.items() -%}
        {{ kpi_total(column, 'layer_rows') }} as {{ kpi }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ kpi_rows(figures, layer) }}
    where {{ is_touched("'" ~ figures.source ~ "'") }}

),

{% endfor -%}
{% endfor -%}
totals as (

    {% for id, figures in kpis_by_source().items() -%}
    {% set cte = cte_prefix(id) -%}
    {% set last_source = loop.last -%}
    {% for kpi in figures.kpis -%}
    select
        '{{ figures.source }}' as source,
        '{{ kpi }}' as kpi,
        {% for layer in ['raw', 'staging', 'fact'] -%}
        {% set is_held = layer == 'raw' or layer in figures.layers -%}
        cast({{ cte ~ '_' ~ layer ~ '.' ~ kpi if is_held else 'null' }} as numeric(24, 4)) as {{ layer }}_total{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ cte }}_raw
    {% for layer in figures.layers -%}
    cross join {{ cte }}_{{ layer }}
    {% endfor -%}
    {{ 'union all' if not (last_source and loop.last) }}
    {% endfor -%}
    {% endfor -%}

)

select
    source,
    kpi,
    raw_total,
    staging_total,
    fact_total
from totals
where {{ is_touched('source') }}
