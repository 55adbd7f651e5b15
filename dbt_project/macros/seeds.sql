{#- Overrides dbt's: a seed whose columns changed is created again, for which dbt would ask for `--full-refresh`. -#}
{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- set known = adapter.get_columns_in_relation(old_relation) | map(attribute='name') | list -%}
    {%- set is_different = known != agate_table.column_names | list -%}
    {{ return(dbt.default__reset_csv_table(model, full_refresh or is_different, old_relation, agate_table)) }}
{% endmacro %}
