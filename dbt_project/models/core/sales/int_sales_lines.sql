-- Grain: one row per sales line that counts, from any source. Keep the subquery (not a CTE) without
-- conditions in its branches: otherwise Postgres cannot use each table's index to find a few days.
{{ config(materialized='view') }}

select
    line_id as sales_line_id,
    source,
    coalesce(company, company_of_source) as company,
    sale_date,
    country,
    segment,
    -- a source that has no names of products has their codes
    coalesce(product, product_code) as product,
    category,
    sub_category,
    discount_band,
    discount_rate,
    units_sold,
    manufacturing_price,
    sale_price,
    gross_sales,
    discounts,
    sales,
    cogs,
    profit,
    nullif(nullif(upper(trim(currency)), 'UNKNOWN'), '') as currency,
    load_id,
    file_line,
    batch_id
from (
    {% for source_name, source in sources_of_sales_lines().items() -%}
    select
        cast('{{ source_name }}' as {{ dbt.type_string() }}) as source,
        cast('{{ source.company }}' as {{ dbt.type_string() }}) as company_of_source,
        line_id,
        sale_date,
        company,
        country,
        segment,
        product,
        product_code,
        category,
        sub_category,
        discount_band,
        discount_rate,
        units_sold,
        manufacturing_price,
        sale_price,
        gross_sales,
        discounts,
        sales,
        cogs,
        profit,
        currency,
        left_out_by,
        load_id,
        file_line,
        batch_id
    from {{ ref(source.staging) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
) as lines
where left_out_by is null
