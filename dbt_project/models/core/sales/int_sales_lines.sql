-- Grain: one row per sales line that counts, from any source.
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
from {{ rows_of_sources(
    sources_of_sales_lines(),
    [
        'line_id', 'sale_date', 'segment', 'product', 'product_code', 'category', 'sub_category', 'discount_band',
        'discount_rate', 'units_sold', 'manufacturing_price', 'sale_price', 'gross_sales', 'discounts', 'sales',
        'cogs', 'profit', 'currency'
    ]
) }} as lines
where left_out_by is null
