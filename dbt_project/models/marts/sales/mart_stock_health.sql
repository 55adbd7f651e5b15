-- Grain: country x product, at its latest count, also where it is no longer counted.
{{ config(**whole()) }}

{%- set days_behind = dbt.datediff('stock.day', 'newest.day', 'day') %}
with latest as (

    select
        country,
        product,
        max(day) as day
    from {{ ref('mart_stock_daily') }}
    group by country, product

),

newest as (

    select
        country,
        max(day) as day
    from latest
    group by country

)

select
    stock.day,
    cast({{ days_behind }} as int) as days_behind,
    stock.country,
    stock.country_code,
    stock.product,
    stock.on_hand,
    stock.on_order,
    stock.reorder_point,
    stock.safety_stock,
    stock.daily_units,
    stock.is_out_of_stock,
    stock.is_below_reorder_point,
    stock.reorder_status,
    stock.reorder_quantity
from {{ ref('mart_stock_daily') }} as stock
inner join latest
    on
        stock.country = latest.country
        and stock.product = latest.product
        and stock.day = latest.day
inner join newest on stock.country = newest.country
where {{ has_changed() }}
