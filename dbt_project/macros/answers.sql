{#- The one value that a query gives. -#}
{% macro answer(query) %}
    {{ return(run_query(query).columns[0].values()[0]) }}
{% endmacro %}

{#- The values of a query's first column, as a list. -#}
{% macro answers(query) %}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}

{#- Names of the conditions that hold, in one query. -#}
{% macro those_that_hold(conditions) %}
    {%- set selects = [] -%}
    {%- for name, condition in conditions.items() -%}
        {%- do selects.append("select '" ~ name ~ "' as name where " ~ condition) -%}
    {%- endfor -%}
    {{ return(answers(selects | join(' union all ')) if selects else []) }}
{% endmacro %}
