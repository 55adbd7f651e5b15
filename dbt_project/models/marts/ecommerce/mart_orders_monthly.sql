-- Grain: month of purchase x state of the customer x main category of the order x order status.
-- Rolled up from the day grain, so that the fact is joined once.
{{ config(**slices(by='month date', follows={'mart_orders_daily': month_of()})) }}

select
    month,
    state,
    state_code,
    iso_code,
    region,
    category,
    order_status,
    {{ added_up(order_measures()) }}
from {{ ref('mart_orders_daily') }}
where {{ is_touched('month') }}
group by month, state, state_code, iso_code, region, category, order_status
