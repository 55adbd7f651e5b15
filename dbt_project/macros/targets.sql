{#- Companies that have targets. -#}
{% macro companies_with_targets() -%}
    select targets.company from {{ ref('fct_sales_target') }} as targets where targets.company is not null
{%- endmacro %}

{#- 1 in the rows whose sales are compared with targets: those of companies that have targets. Where none of them has sales,
    targets are for all companies together. A window function, over rows that have a `company`. -#}
{% macro is_targeted() -%}
    case
        when company in ({{ companies_with_targets() }}) then 1
        else 1 - max(case when company in ({{ companies_with_targets() }}) then 1 else 0 end) over ()
    end
{%- endmacro %}

{#- By what rows of sales that are compared meet targets: their company; empty where targets are for all companies. -#}
{% macro target_of_sales() -%}
    case when company in ({{ companies_with_targets() }}) then company else '' end
{%- endmacro %}

{#- The same of a target: its company, if it has sales; empty for all others. `sales` is a relation of sales. -#}
{% macro target_of_company(company, sales) -%}
    case when {{ company }} in (select sellers.company from {{ sales }} as sellers) then {{ company }} else '' end
{%- endmacro %}
