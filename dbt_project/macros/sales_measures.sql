{#- The additive measures of sales with their types, so that every mart of sales adds up the same columns.

    A figure that a line's source does not have is null, and its sum covers only lines that have it. A ratio to sales
    divides by the sales of those lines: the measures `sales_with_…`, which are never null. -#}
{% macro sales_measures() -%}
    {{ return({
        'units_sold': 'numeric(18, 6)',
        'gross_sales': 'numeric(18, 4)',
        'discounts': 'numeric(18, 4)',
        'sales': 'numeric(18, 4)',
        'cogs': 'numeric(18, 4)',
        'profit': 'numeric(18, 4)',
        'sales_with_units': 'numeric(18, 4)',
        'sales_with_discounts': 'numeric(18, 4)',
        'sales_with_profit': 'numeric(18, 4)',
    }) }}
{%- endmacro %}

{#- What a sales line adds to a measure. -#}
{% macro measure_of_line(measure) -%}
    {%- set known = {
        'sales_with_units': 'units_sold',
        'sales_with_discounts': 'discounts',
        'sales_with_profit': 'profit',
    } -%}
    {%- if measure in known -%}
        case when {{ known[measure] }} is not null then sales else 0 end
    {%- else -%}
        {{ measure }}
    {%- endif -%}
{%- endmacro %}
