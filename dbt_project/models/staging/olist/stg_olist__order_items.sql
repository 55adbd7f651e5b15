-- An item that comes again replaces the earlier one.
{{ config(**slices(
    by='order_id text',
    rows_of='olist.order_items',
    indexes=[{'columns': ['product_id']}, {'columns': ['seller_id']}]
)) }}

with order_items as (

    {{ current_rows('olist', 'order_items') }}

)

select
    order_items.order_id,
    order_items.order_item_id,
    order_items.product_id,
    order_items.seller_id,
    order_items.shipping_limit_date as shipping_limit_at,
    order_items.price,
    order_items.freight_value,
    order_items._load_id as load_id,
    order_items._line as file_line
from order_items
