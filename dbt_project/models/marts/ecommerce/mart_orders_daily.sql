-- Grain: day of purchase x state of the customer x main category of the order x order status.
-- Orders of every status count, and so does the price of their items: these are the sums that Olist's data is
-- known by.
{{ config(**slices(
    by='day date',
    follows={
        'fct_orders': same(),
        'dim_customer': rows_of_changed('fct_orders', key='customer_key', slice='order_date'),
    },
    indexes=[{'columns': ['month']}]
)) }}

{% set sums = {
    'orders': '1',
    'orders_with_items': 'has_items',
    'paid_orders': 'has_payments',
    'revenue': 'orders.price + orders.freight_value',
    'delivered_orders': 'was_delivered',
    'on_time_orders': 'was_on_time',
    'late_orders': 'was_late',
    'late_days': 'was_late * coalesce(days_late, 0)',
    'delivery_days': 'was_delivered * coalesce(orders.delivery_days, 0)',
    'new_customer_orders': 'is_first',
    'returning_customer_orders': 'is_repeated',
} -%}
with orders as (

    select
        orders.*,
        case when orders.items > 0 then 1 else 0 end as has_items,
        case when orders.payments > 0 then 1 else 0 end as has_payments,
        case when orders.is_delivered then 1 else 0 end as was_delivered,
        case when orders.is_on_time then 1 else 0 end as was_on_time,
        case when not orders.is_on_time then 1 else 0 end as was_late,
        case when customers.first_order_id = orders.order_id then 1 else 0 end as is_first,
        case when customers.first_order_id <> orders.order_id then 1 else 0 end as is_repeated
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('dim_customer') }} as customers on orders.customer_key = customers.customer_key
    where {{ is_touched('orders.order_date') }}

)

select
    orders.order_date as day,
    {{ month_start('orders.order_date') }} as month,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    orders.order_status,
    {{ added_up(order_measures(), sums) }}
from orders
inner join {{ ref('dim_state') }} as states on orders.customer_state_key = states.state_key
inner join {{ ref('dim_product_category') }} as categories
    on orders.main_category_key = categories.category_key
group by
    orders.order_date,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    orders.order_status
