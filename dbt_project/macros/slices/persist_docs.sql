{#- Overrides dbt's: descriptions are written where the table is new, not each time that slices of it are replaced. -#}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- if slices_of(model) is none or not is_replaced_by_slices() -%}
        {{ return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}
