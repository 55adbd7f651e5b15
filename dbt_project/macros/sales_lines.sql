{#- How a model of days follows the lines of all sources: the days of changed lines. -#}
{% macro days_of_sales_lines() %}
    {{ return(of_sales_lines(same())) }}
{% endmacro %}

{#- The same for a model of months. -#}
{% macro months_of_sales_lines() %}
    {{ return(of_sales_lines(month_of())) }}
{% endmacro %}

{% macro of_sales_lines(slices) %}
    {{ return(of_sources(sources_of_sales_lines(), slices)) }}
{% endmacro %}

{#- How a model follows the staging models of all sources that are mapped to a canonical model. -#}
{% macro of_sources(sources, slices) %}
    {%- set follows = {} -%}
    {%- for source in sources.values() -%}
        {%- do follows.update({source.staging: slices}) -%}
    {%- endfor -%}
    {{ return(follows) }}
{% endmacro %}

{#- The rows of all sources that are mapped to a canonical model, as a subquery, each with its source and company. Keep the
    subquery (not a CTE) without conditions in its branches: otherwise Postgres cannot use each table's index to find a few days. -#}
{% macro rows_of_sources(sources, columns) -%}
    (
    {% for source_name, source in sources.items() -%}
    select
        cast('{{ source_name }}' as {{ dbt.type_string() }}) as source,
        cast('{{ source.company }}' as {{ dbt.type_string() }}) as company_of_source,
        {% for column in columns + ['company', 'country', 'left_out_by', 'load_id', 'file_line', 'batch_id'] -%}
        {{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ ref(source.staging) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
    )
{%- endmacro %}

{#- Key of a category and the category within it, either of which may be unknown. -#}
{% macro category_key(category, sub_category) -%}
    {%- set parts = [] -%}
    {%- for name in [category, sub_category] -%}
        {%- do parts.append('coalesce(' ~ name_key(name) ~ ', ' ~ unknown_key() ~ ')') -%}
    {%- endfor -%}
    case
        when {{ parts | join(' = ' ~ unknown_key() ~ ' and ') }} = {{ unknown_key() }} then {{ unknown_key() }}
        else {{ parts | join(" || '/' || ") }}
    end
{%- endmacro %}

{#- Name of the band of discount that a rate falls into, by the variables; null where the rate is unknown. -#}
{% macro discount_band_of(rate) -%}
    case
        when {{ rate }} <= 0 then 'None'
        when {{ rate }} < {{ var('medium_discount_from') }} then 'Low'
        when {{ rate }} < {{ var('high_discount_from') }} then 'Medium'
        when {{ rate }} is not null then 'High'
    end
{%- endmacro %}
