{#- Company whose sales `sales.targets` are for: that of the sales in the same domain. -#}
{% macro company_of_targets() -%}
    {{ return((sources_of_sales_lines().get('sales.transactions') or {}).get('company', 'Sales')) }}
{%- endmacro %}

{#- 1 in the rows whose sales are compared with targets: those of the targets' company. Where it has no sales, targets
    are for all companies together. A window function, over rows that have a `company`. -#}
{% macro is_targeted() -%}
    case
        when company = '{{ company_of_targets() }}' then 1
        else 1 - max(case when company = '{{ company_of_targets() }}' then 1 else 0 end) over ()
    end
{%- endmacro %}
