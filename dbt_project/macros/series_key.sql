{#- Tells series of a level apart: its members, one per line. -#}
{% macro series_key() -%}
    coalesce(country, '') || chr(10) || coalesce(segment, '') || chr(10) || coalesce(product, '')
{%- endmacro %}
