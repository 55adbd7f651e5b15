{{ config(**dimension('product_key', spread='product')) }}

with products as (

    select
        {{ name_key('product') }} as product_key,
        product,
        manufacturing_price,
        row_number() over (
            partition by {{ name_key('product') }}
            order by last_sold_on desc, batch_id desc, segment desc, product desc
        ) as recency
    from {{ ref('int_sales_members') }}
    where {{ name_key('product') }} <> {{ unknown_key() }}

)

select
    product_key,
    product,
    manufacturing_price
from products
where recency = 1

union all

select
    {{ unknown_key() }} as product_key,
    'Unknown' as product,
    cast(null as numeric(18, 4)) as manufacturing_price
