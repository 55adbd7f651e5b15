-- Grain: day of purchase x state of the customer x main category of the order x order status.
-- Orders of every status count, and so does the price of their items: sums are those that Olist's data is known by.
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
    {% set sums = {
        'orders': '1',
        'orders_with_items': 'orders.has_items',
        'paid_orders': 'orders.has_payments',
        'revenue': 'orders.price + orders.freight_value',
        'delivered_orders': 'orders.was_delivered',
        'on_time_orders': 'orders.was_on_time',
        'late_orders': 'orders.was_late',
        'late_days': 'orders.was_late * coalesce(orders.days_late, 0)',
        'delivery_days': 'orders.was_delivered * coalesce(orders.delivery_days, 0)',
        'new_customer_orders': 'orders.is_first',
        'returning_customer_orders': 'orders.is_repeated',
    } -%}
    {% for measure, type in order_measures().items() -%}
    cast(sum({{ sums.get(measure, 'orders.' ~ measure) }}) as {{ type }}) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor -%}
from orders
inner join {{ ref('dim_state') }} as states on orders.customer_state_key = states.state_key
inner join {{ ref('dim_product_category') }} as categories on orders.main_category_key = categories.category_key
group by
    orders.order_date,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    orders.order_status
