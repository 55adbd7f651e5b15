-- Grain: one row per count of stock that counts, from any source.
{{ config(materialized='view') }}

select
    source,
    coalesce(company, company_of_source) as company,
    stock_date,
    country,
    -- a source that has no names of products has their codes
    coalesce(product, product_code) as product,
    location,
    on_hand,
    on_order,
    reorder_point,
    safety_stock,
    load_id,
    file_line,
    batch_id
from {{ rows_of_sources(
    sources_of_inventory(),
    ['stock_date', 'product', 'product_code', 'location', 'on_hand', 'on_order', 'reorder_point', 'safety_stock']
) }} as counts
where left_out_by is null
