{#- Generated from the mappings beside the contracts by `make sync`; edit those, not this file. -#}
{#- Sources of targets: their staging models, and the company of lines that name none. -#}
{% macro sources_of_targets() -%}
    {%- do return({
        "sales.targets": {"staging": "stg_sales_targets__targets", "company": "Sales"},
    }) -%}
{%- endmacro %}
