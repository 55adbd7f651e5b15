-- Grain: month of purchase x seller x category of the item x order status.
-- Place is the seller's, not the customer's.
{{ config(**slices(
    by='month date',
    follows={
        'fct_order_items': month_of(),
        'dim_seller': rows_of_changed('fct_order_items', key='seller_key', slice=month_start('order_date')),
    }
)) }}

select
    {{ month_start('items.order_date') }} as month,
    sellers.seller_key,
    case
        when sellers.seller_key = {{ unknown_key() }} then 'Unknown'
        else {{ dbt.concat(["'Seller '", "substring(sellers.seller_key from 1 for 6)"]) }}
    end as seller,
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
inner join {{ ref('dim_seller') }} as sellers on items.seller_key = sellers.seller_key
inner join {{ ref('dim_state') }} as states on sellers.state_key = states.state_key
inner join {{ ref('dim_product_category') }} as categories on items.category_key = categories.category_key
where {{ is_in_touched_month('items.order_date') }}
group by
    {{ month_start('items.order_date') }},
    sellers.seller_key,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    items.order_status
