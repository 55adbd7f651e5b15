{#- A text to order by, byte by byte, so that ties fall the same way whatever the database's collation. -#}
{% macro binary_order(expression) -%}
    {{ adapter.dispatch('binary_order', 'tradewind')(expression) }}
{%- endmacro %}

{% macro default__binary_order(expression) -%}
    {{ expression }} collate "C"
{%- endmacro %}

{#- Spark compares texts by their bytes already. -#}
{% macro spark__binary_order(expression) -%}
    {{ expression }}
{%- endmacro %}
