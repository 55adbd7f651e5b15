{#- dbt's arithmetic of dates, as Postgres has it: tradewind/spark/engine/dialect.py says it in Spark's SQL. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    {{ from_date_or_timestamp }} + ((interval '1 {{ datepart }}') * ({{ interval }}))
{%- endmacro %}

{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart != 'day' -%}
        {{ exceptions.raise_compiler_error('datediff of a ' ~ datepart ~ ' is not written for Spark yet') }}
    {%- endif -%}
    (unix_date(cast({{ second_date }} as date)) - unix_date(cast({{ first_date }} as date)))
{%- endmacro %}
