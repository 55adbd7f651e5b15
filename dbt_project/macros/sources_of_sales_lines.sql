{#- Generated from the mappings beside the contracts by `make sync`; edit those, not this file. -#}
{#- Sources of sales_lines: their staging models, and the company of lines that name none. -#}
{% macro sources_of_sales_lines() -%}
    {%- do return({
        "sales.transactions": {"staging": "stg_sales_transactions__sales_lines", "company": "Sales"},
    }) -%}
{%- endmacro %}
