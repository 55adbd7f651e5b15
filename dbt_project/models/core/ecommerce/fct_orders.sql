-- Grain: one row per order. Items, payments and reviews are added up to one row per order before any join:
-- joined as they are, an order of two items and two payments would count each of them twice.
{{ config(**slices(
    by='order_id text', log='order_date date', follows=touched_orders(), indexes=[{'columns': ['customer_key']}]
)) }}

with category_totals as (

    select
        order_id,
        category_key,
        count(*) as items,
        sum(price) as price,
        sum(freight_value) as freight_value
    from {{ ref('fct_order_items') }}
    where {{ is_touched('order_id') }}
    group by order_id, category_key

),

placed_categories as (

    select
        order_id,
        category_key,
        items,
        price,
        freight_value,
        row_number() over (
            partition by order_id
            order by price desc nulls last, {{ binary_order('category_key') }}
        ) as place
    from category_totals

),

item_totals as (

    select
        order_id,
        max(case when place = 1 then category_key end) as main_category_key,
        sum(items) as items,
        sum(price) as price,
        sum(freight_value) as freight_value
    from placed_categories
    group by order_id

),

payment_totals as (

    select
        order_id,
        count(*) as payments,
        sum(payment_value) as payment_value
    from {{ ref('stg_olist__order_payments') }}
    where {{ is_touched('order_id') }}
    group by order_id

),

review_totals as (

    select
        order_id,
        count(*) as reviews,
        sum(review_score) as review_score_sum
    from {{ ref('stg_olist__order_reviews') }}
    where {{ is_touched('order_id') }}
    group by order_id

),

orders as (

    select
        stg_orders.*,
        cast(stg_orders.purchased_at as date) as order_date,
        -- a status of delivered without a time says nothing about how long it took
        stg_orders.order_status = 'delivered' and stg_orders.delivered_at is not null as is_delivered,
        cast(stg_orders.delivered_at as date) as delivered_on
    from {{ ref('stg_olist__orders') }} as stg_orders
    where {{ is_touched('stg_orders.order_id') }}

)

select
    orders.order_id,
    orders.order_date,
    orders.purchased_at,
    orders.order_status,
    coalesce({{ dbt.hash('customers.customer_unique_id') }}, {{ unknown_key() }}) as customer_key,
    coalesce(states.state_key, {{ unknown_key() }}) as customer_state_key,
    coalesce(item_totals.main_category_key, {{ unknown_key() }}) as main_category_key,
    orders.approved_at,
    orders.delivered_to_carrier_at,
    orders.delivered_at,
    orders.estimated_delivery_on,
    orders.is_delivered,
    cast(
        case
            when orders.is_delivered
                then {{ dbt.datediff('orders.order_date', 'orders.delivered_on', 'day') }}
        end as int
    ) as delivery_days,
    cast(
        case
            when orders.is_delivered
                then {{ dbt.datediff('orders.estimated_delivery_on', 'orders.delivered_on', 'day') }}
        end as int
    ) as days_late,
    case
        when orders.is_delivered then orders.delivered_on <= orders.estimated_delivery_on
    end as is_on_time,
    cast(coalesce(item_totals.items, 0) as bigint) as items,
    cast(coalesce(item_totals.price, 0) as numeric(14, 2)) as price,
    cast(coalesce(item_totals.freight_value, 0) as numeric(14, 2)) as freight_value,
    cast(coalesce(payment_totals.payment_value, 0) as numeric(14, 2)) as payment_value,
    cast(coalesce(payment_totals.payments, 0) as bigint) as payments,
    cast(coalesce(review_totals.reviews, 0) as bigint) as reviews,
    cast(coalesce(review_totals.review_score_sum, 0) as bigint) as review_score_sum,
    orders.load_id,
    orders.file_line
from orders
left join {{ ref('stg_olist__customers') }} as customers
    on orders.customer_id = customers.customer_id
left join {{ ref('dim_state') }} as states
    on customers.state_code = states.state_code
left join item_totals
    on orders.order_id = item_totals.order_id
left join payment_totals
    on orders.order_id = payment_totals.order_id
left join review_totals
    on orders.order_id = review_totals.order_id
