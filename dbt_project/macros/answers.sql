{#- The one value that a query gives. -#}
{% macro answer(query) %}
    {{ return(run_query(query).columns[0].values()[0]) }}
{% endmacro %}

{#- The values of a query's first column, as a list. -#}
{% macro answers(query) %}
    {{ return(run_query(query).columns[0].values() | list) }}
{% endmacro %}
