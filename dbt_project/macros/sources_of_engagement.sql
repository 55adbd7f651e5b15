{#- Generated from the mappings beside the contracts by `make sync`; edit those, not this file. -#}
{#- Sources of engagement: their staging models, and the company of lines that name none. -#}
{% macro sources_of_engagement() -%}
    {%- do return({
        "sales.engagement": {"staging": "stg_sales_engagement__engagement", "company": "Sales"},
    }) -%}
{%- endmacro %}
