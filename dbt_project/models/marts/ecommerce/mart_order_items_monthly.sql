-- Grain: month of purchase x state of the customer x category of the item x order status.
{{ config(**slices(by='month date', follows={'fct_order_items': month_of()})) }}

select
    {{ month_start('items.order_date') }} as month,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    items.order_status,
    count(*) as items,
    cast(sum(items.price) as numeric(18, 2)) as price,
    cast(sum(items.freight_value) as numeric(18, 2)) as freight_value,
    cast(sum(items.price + items.freight_value) as numeric(18, 2)) as revenue
from {{ ref('fct_order_items') }} as items
inner join {{ ref('dim_state') }} as states on items.customer_state_key = states.state_key
inner join {{ ref('dim_product_category') }} as categories on items.category_key = categories.category_key
where {{ is_in_touched_month('items.order_date') }}
group by
    {{ month_start('items.order_date') }},
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    items.order_status
