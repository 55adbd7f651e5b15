-- Grain: month x state of the customer x main category of the order.
-- Each cell that ever occurs has every month from the first to the last of the data: a gap is zero, and the
-- row before is the month before.
-- Stray orders and a month that is not over yet would make growth absurd: comparable months are marked.
{{ config(**whole()) }}

{% set measures = order_trend_measures() %}
{% set days_left = dbt.datediff('max(day)', dbt.dateadd('month', 1, 'month'), 'day') -%}
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
        max(month) as last_month,
        count(distinct month) as months,
        sum(orders) as orders
    from orders

),

busy_months as (

    select orders.month
    from orders
    cross join span
    group by orders.month, span.months, span.orders
    having {{ var('thin_month_divisor') }} * sum(orders.orders) * span.months >= span.orders

),

month_ends as (

    select
        month,
        {{ days_left }} as days_left
    from (
        select
            day,
            {{ month_start('day') }} as month
        from {{ ref('mart_orders_daily') }}
    ) as days
    group by month

),

-- The latest month is over if its orders stop in its last week, and no earlier than those of a month before:
-- small shops do not sell on every day.
full_months as (

    select month
    from (
        select
            busy_months.month,
            month_ends.days_left,
            max(month_ends.days_left) over months_before as most_days_left,
            busy_months.month < span.last_month as is_followed
        from busy_months
        cross join span
        left join month_ends on busy_months.month = month_ends.month
        window months_before as (
            order by busy_months.month rows between unbounded preceding and 1 preceding
        )
    ) as months_with_ends
    where is_followed or days_left <= least(coalesce(most_days_left, 1), 7)

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
        full_months.month is not null as is_full,
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
    left join full_months on months.month = full_months.month

)

select
    {% for measure, type in measures.items() -%}
    {{ measure }},
    cast(lag({{ measure }}, 1) over cell_months as {{ type }}) as {{ measure }}_previous_month,
    cast(lag({{ measure }}, 12) over cell_months as {{ type }}) as {{ measure }}_previous_year,
    {% endfor -%}
    coalesce(is_full and lag(is_full, 1) over cell_months, false) as is_comparable_month,
    coalesce(is_full and lag(is_full, 12) over cell_months, false) as is_comparable_year,
    month,
    state,
    state_code,
    iso_code,
    region,
    category
from filled
where {{ has_changed() }}
window cell_months as (partition by state_code, category order by month)
