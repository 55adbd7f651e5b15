{#- The additive measures of sales with their types, so that every mart of sales adds up the same columns. -#}
{% macro sales_measures() -%}
    {{ return({
        'units_sold': 'numeric(18, 2)',
        'gross_sales': 'numeric(18, 4)',
        'discounts': 'numeric(18, 4)',
        'sales': 'numeric(18, 4)',
        'cogs': 'numeric(18, 4)',
        'profit': 'numeric(18, 4)',
    }) }}
{%- endmacro %}
