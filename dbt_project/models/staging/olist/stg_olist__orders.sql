-- An order that comes again replaces the earlier one, as its status moves on.
{{ config(**slices(by='order_id text', rows_of='olist.orders', indexes=[{'columns': ['customer_id']}])) }}

with orders as (

    {{ current_rows('olist', 'orders') }}

)

select
    orders.order_id,
    orders.customer_id,
    orders.order_status,
    orders.order_purchase_timestamp as purchased_at,
    orders.order_approved_at as approved_at,
    orders.order_delivered_carrier_date as delivered_to_carrier_at,
    orders.order_delivered_customer_date as delivered_at,
    cast(orders.order_estimated_delivery_date as date) as estimated_delivery_on,
    orders._load_id as load_id,
    orders._line as file_line
from orders
