-- Grain: batch of loads x segment x product. Dimensions are made from these few rows, not from all sales.
{{ config(**slices(by='batch_id bigint', batches_of='sales.transactions')) }}

with transactions as (

    select
        batch_id,
        segment,
        product,
        manufacturing_price,
        sale_date,
        row_number() over (
            partition by batch_id, segment, product
            order by sale_date desc, load_id desc, file_line desc
        ) as recency
    from {{ ref('stg_sales__transactions') }}
    where {{ is_touched('batch_id', load='load_id') }}

)

select
    batch_id,
    segment,
    product,
    manufacturing_price,
    sale_date as last_sold_on
from transactions
where recency = 1
