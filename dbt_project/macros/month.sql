{#- First day of a date's month, as a date on every engine (date_trunc alone gives a timestamp on Postgres). -#}
{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}
