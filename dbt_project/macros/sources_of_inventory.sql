{#- Generated from the mappings beside the contracts by `make sync`; edit those, not this file. -#}
{#- Sources of inventory: their staging models, and the company of lines that name none. -#}
{% macro sources_of_inventory() -%}
    {%- do return({
        "sales.inventory": {"staging": "stg_sales_inventory__inventory", "company": "Sales"},
    }) -%}
{%- endmacro %}
