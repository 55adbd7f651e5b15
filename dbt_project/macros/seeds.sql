{#- Overrides dbt's: a seed whose columns changed is created again, for which dbt would ask for `--full-refresh`. -#}
{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set known = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
    {%- set is_different = known != agate_table.column_names | list -%}
    {{ return(dbt.default__reset_csv_table(model, full_refresh or is_different, old_relation, agate_table)) }}
{% endmacro %}

{#- Overrides dbt's, which calls two macros for each cell, thousands in a build. -#}
{% macro postgres__load_csv_rows(model, agate_table) %}
    {%- set columns = get_seed_column_quoted_csv(model, agate_table.column_names) -%}
    {%- set row_of_markers = '(' ~ ([get_binding_char()] * agate_table.column_names | length) | join(', ') ~ ')' -%}
    {%- set statements = [] -%}
    {%- for rows in agate_table.rows | batch(get_batch_size()) -%}
        {%- set values = [] -%}
        {%- for row in rows -%}
            {%- do values.extend(row) -%}
        {%- endfor -%}
        {%- set statement = 'insert into ' ~ this.render() ~ ' (' ~ columns ~ ') values '
            ~ ([row_of_markers] * rows | length) | join(', ') -%}
        {%- do adapter.add_query(statement, bindings=values, abridge_sql_log=True) -%}
        {%- do statements.append(statement) -%}
    {%- endfor -%}
    {#- dbt shows it among the compiled files -#}
    {{ return(statements | first) }}
{% endmacro %}
