{#- First day of a date's month, as a date on every engine (date_trunc alone gives a timestamp on Postgres). -#}
{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{#- A date's month as text, `2014-01`; scopes of `ops.load_scopes` are written so. -#}
{% macro month_text(day) -%}
    substring(cast({{ day }} as {{ dbt.type_string() }}) from 1 for 7)
{%- endmacro %}
