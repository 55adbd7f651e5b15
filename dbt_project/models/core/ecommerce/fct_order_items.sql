-- Grain: one row per item of an order. Left joins to one row per key: no item is lost or doubled.
{{ config(**slices(
    by='order_id text', log='order_date date', follows=touched_orders(), indexes=[{'columns': ['seller_key']}]
)) }}

select
    items.order_id,
    items.order_item_id,
    -- an item without its order still gets a day: that by which it had to be handed over
    cast(coalesce(orders.purchased_at, items.shipping_limit_at) as date) as order_date,
    coalesce(orders.order_status, {{ unknown_key() }}) as order_status,
    coalesce(states.state_key, {{ unknown_key() }}) as customer_state_key,
    items.product_id,
    coalesce(categories.category_key, {{ unknown_key() }}) as category_key,
    coalesce(sellers.seller_key, {{ unknown_key() }}) as seller_key,
    items.price,
    items.freight_value,
    items.load_id,
    items.file_line
from {{ ref('stg_olist__order_items') }} as items
left join {{ ref('stg_olist__orders') }} as orders
    on items.order_id = orders.order_id
left join {{ ref('stg_olist__customers') }} as customers
    on orders.customer_id = customers.customer_id
left join {{ ref('dim_state') }} as states
    on customers.state_code = states.state_code
left join {{ ref('stg_olist__products') }} as products
    on items.product_id = products.product_id
left join {{ ref('dim_product_category') }} as categories
    on {{ name_key('products.category_pt') }} = categories.category_key
left join {{ ref('dim_seller') }} as sellers
    on items.seller_id = sellers.seller_key
where {{ is_touched('items.order_id') }}
