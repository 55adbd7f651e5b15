-- Products sold, with the price of their latest sale, and products known only from stock, without one.
{{ config(**whole(key='product_key', spread='product')) }}

with sold as (

    select
        {{ name_key('name') }} as product_key,
        name as product,
        manufacturing_price,
        row_number() over (
            partition by {{ name_key('name') }}
            order by last_sold_on desc, name desc
        ) as recency
    from {{ ref('int_sales_members') }}
    where kind = 'product'

),

stocked as (

    select
        {{ name_key('product') }} as product_key,
        min(product) as product
    from {{ ref('int_inventory') }}
    where product is not null
    group by {{ name_key('product') }}

),

products as (

    select
        product_key,
        product,
        manufacturing_price
    from sold
    where recency = 1

    union all

    select
        stocked.product_key,
        stocked.product,
        cast(null as numeric(18, 4)) as manufacturing_price
    from stocked
    left join sold on stocked.product_key = sold.product_key and sold.recency = 1
    where sold.product_key is null

)

select
    product_key,
    product,
    manufacturing_price
from products
where product_key <> {{ unknown_key() }} and {{ has_changed() }}

union all

select
    {{ unknown_key() }} as product_key,
    'Unknown' as product,
    cast(null as numeric(18, 4)) as manufacturing_price
where {{ has_changed() }}
