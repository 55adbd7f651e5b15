-- Grain: RFM segment x state of the customer x main category of the customer's first order.
-- Recency is counted to the last day of the data, not to today: the same data gives the same segments always.
-- Rules, not quintiles: nearly every customer bought once, so that quintiles of frequency would split equals.
{{ config(**whole()) }}

{% set recency_days = dbt.datediff('max(orders.order_date)', 'max(last_day.order_date)', 'day') -%}
with last_day as (

    select max(order_date) as order_date
    from {{ ref('fct_orders') }}

),

customers as (

    select
        customers.customer_key,
        customers.state_key,
        customers.first_order_id,
        {{ recency_days }} as recency_days,
        count(*) as orders,
        sum(orders.price + orders.freight_value) as revenue
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('fct_orders') }} as orders on customers.customer_key = orders.customer_key
    cross join last_day
    group by customers.customer_key, customers.state_key, customers.first_order_id

),

valued as (

    select
        *,
        orders >= {{ var('rfm_loyal_orders') }} as is_loyal,
        revenue >= {{ var('rfm_high_value') }} as is_high_value
    from customers

),

placed as (

    -- the first rule that holds counts
    select
        *,
        case
            when recency_days <= {{ var('rfm_active_days') }} and is_loyal and is_high_value then 1
            when recency_days <= {{ var('rfm_active_days') }} and is_loyal then 2
            when recency_days <= {{ var('rfm_active_days') }} and is_high_value then 3
            when recency_days <= {{ var('rfm_new_days') }} then 4
            when recency_days <= {{ var('rfm_active_days') }} then 5
            when recency_days <= {{ var('rfm_lost_days') }} and (is_loyal or is_high_value) then 6
            when recency_days <= {{ var('rfm_lost_days') }} then 7
            else 8
        end as segment_order
    from valued

)

select
    case placed.segment_order
        when 1 then 'Champions'
        when 2 then 'Loyal'
        when 3 then 'Big spenders'
        when 4 then 'New'
        when 5 then 'Promising'
        when 6 then 'At risk'
        when 7 then 'Hibernating'
        else 'Lost'
    end as customer_segment,
    placed.segment_order,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    count(*) as customers,
    cast(sum(case when placed.orders > 1 then 1 else 0 end) as bigint) as repeat_customers,
    cast(sum(placed.orders) as bigint) as orders,
    cast(sum(placed.revenue) as numeric(18, 2)) as revenue,
    cast(sum(placed.recency_days) as bigint) as recency_days
from placed
-- the unknown customer has no first order, and so no segment
inner join {{ ref('fct_orders') }} as first_orders on placed.first_order_id = first_orders.order_id
inner join {{ ref('dim_state') }} as states on placed.state_key = states.state_key
inner join {{ ref('dim_product_category') }} as categories
    on first_orders.main_category_key = categories.category_key
where {{ has_changed() }}
group by
    placed.segment_order,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category
