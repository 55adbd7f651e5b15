-- Grain: month x state of the customer x main category of the order.
-- Each cell that ever occurs has every month from the first to the last of the data: a gap is zero, and the
-- row before is the month before.
{{ config(**whole()) }}

{% set measures = order_trend_measures() -%}
with orders as (

    select
        month,
        state,
        state_code,
        iso_code,
        region,
        category,
        {{ added_up(measures) }}
    from {{ ref('mart_orders_monthly') }}
    group by month, state, state_code, iso_code, region, category

),

cells as (

    select distinct
        state,
        state_code,
        iso_code,
        region,
        category
    from orders

),

span as (

    select
        min(month) as first_month,
        max(month) as last_month
    from orders

),

months as (

    select dates.date_day as month
    from {{ ref('dim_date') }} as dates
    inner join span on dates.date_day between span.first_month and span.last_month
    where dates.day_of_month = 1

),

filled as (

    select
        {% for measure, type in measures.items() -%}
        cast(coalesce(orders.{{ measure }}, 0) as {{ type }}) as {{ measure }},
        {% endfor -%}
        months.month,
        cells.state,
        cells.state_code,
        cells.iso_code,
        cells.region,
        cells.category
    from cells
    cross join months
    left join orders
        on
            months.month = orders.month
            and cells.state_code = orders.state_code
            and cells.category = orders.category

)

select
    {% for measure, type in measures.items() -%}
    {{ measure }},
    cast(lag({{ measure }}, 1) over cell_months as {{ type }}) as {{ measure }}_previous_month,
    cast(lag({{ measure }}, 12) over cell_months as {{ type }}) as {{ measure }}_previous_year,
    {% endfor -%}
    month,
    state,
    state_code,
    iso_code,
    region,
    category
from filled
where {{ has_changed() }}
window cell_months as (partition by state_code, category order by month)
