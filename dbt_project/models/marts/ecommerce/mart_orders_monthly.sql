-- Grain: month of purchase x state of the customer x main category of the order x order status.
-- Rolled up from the day grain, so that the fact is joined once.
select
    month,
    state,
    state_code,
    iso_code,
    region,
    category,
    order_status,
    {% for measure, type in order_measures().items() -%}
    cast(sum({{ measure }}) as {{ type }}) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor -%}
from {{ ref('mart_orders_daily') }}
group by month, state, state_code, iso_code, region, category, order_status
