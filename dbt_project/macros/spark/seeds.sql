{#- Rows of a seed in one statement, as literals: dbt-spark's own are bound one by one, a thousand at a time. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- if agate_table.rows | length -%}
    {%- set statement -%}
        insert into {{ this.render() }}
        select
            {%- for name in agate_table.column_names %}
            cast({{ name }} as {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }})
            {{- ',' if not loop.last }}
            {%- endfor %}
        from values
            {%- for row in agate_table.rows %}
            (
                {%- for value in row -%}
                {{ 'null' if value is none else spark_literal(value) }}{{ ', ' if not loop.last }}
                {%- endfor -%}
            ){{ ',' if not loop.last }}
            {%- endfor %}
            as seed_rows ({{ agate_table.column_names | join(', ') }})
    {%- endset -%}
    {%- do adapter.add_query(statement, abridge_sql_log=True) -%}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}

{% macro spark_literal(value) -%}
    {{ return("'" ~ (value | string).replace('\\', '\\\\').replace("'", "\\'") ~ "'") }}
{%- endmacro %}
