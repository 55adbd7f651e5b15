{#- Sum of a column, null where a row does not have it. -#}
{% macro sum_if_all_known(column) -%}
    case when count(*) = count({{ column }}) then sum({{ column }}) end
{%- endmacro %}
