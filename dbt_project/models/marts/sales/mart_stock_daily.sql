-- Grain: country x product x day of a count.
{%- set demand_days = var('stock_demand_days') | int %}
-- A day of sales is in the demand of the counts of that day and of the days after it.
{%- set touched_counts = "
    select counts.stock_date as slice
    from {fct_inventory_snapshot} as counts
    inner join {changes} as changes
        on counts.stock_date >= cast(changes.slice as date)
        and counts.stock_date < cast(changes.slice as date) + " ~ demand_days %}
{{ config(**slices(
    by='day date', follows={'fct_inventory_snapshot': same(), 'fct_sales_daily': touched_counts}
)) }}

{%- set first_day = "cast('" ~ var('calendar_start') ~ "' as date)" %}
-- Demand is a moving sum over days on which something was sold or counted: one pass, where a join of each
-- count to its days of sales would grow with their product. A day needs `stock_demand_days` days, no more.
with counts as (

    -- added up, as several places are counted, and counts of no country share one key
    select
        stock_date as day,
        country_key,
        product_key,
        cast(sum(on_hand) as numeric(18, 2)) as on_hand,
        cast(sum(on_order) as numeric(18, 2)) as on_order,
        count(*) = count(on_order) as is_on_order_known,
        cast({{ sum_if_all_known('reorder_point') }} as numeric(18, 2)) as reorder_point,
        cast({{ sum_if_all_known('safety_stock') }} as numeric(18, 2)) as safety_stock
    from {{ ref('fct_inventory_snapshot') }}
    where {{ is_touched('stock_date') }}
    group by stock_date, country_key, product_key

),

events as (

    select
        day,
        country_key,
        product_key,
        units_sold,
        1 as sales
    from {{ ref('fct_sales_daily') }}
    {%- if is_incremental() %}
    where
        day > (select min(touched.slice) - {{ demand_days }} from {{ touched_table() }} as touched)
        and day <= (select max(touched.slice) from {{ touched_table() }} as touched)
    {%- endif %}

    union all

    select
        day,
        country_key,
        product_key,
        null as units_sold,
        0 as sales
    from counts

),

days as (

    select
        day,
        country_key,
        product_key,
        {{ dbt.datediff(first_day, 'day', 'day') }} as day_number,
        sum(units_sold) as units_sold,
        sum(sales) as sales
    from events
    group by day, country_key, product_key

),

demand as (

    select
        day,
        country_key,
        product_key,
        sum(units_sold) over recent_days as units_sold,
        sum(sales) over recent_days as sales
    from days
    window
        recent_days as (
            partition by country_key, product_key
            order by day_number asc nulls last
            range between {{ demand_days - 1 }} preceding and current row
        )

),

stock as (

    select
        counts.*,
        -- more returned than sold counts as no demand, not as negative demand; without units it is unknown
        cast(
            case
                when demand.units_sold > 0 then demand.units_sold / {{ demand_days }}
                when demand.units_sold is not null or demand.sales = 0 then 0
            end as numeric(18, 6)
        ) as daily_units,
        counts.on_hand <= 0 as is_out_of_stock,
        counts.on_hand <= counts.reorder_point as is_below_reorder_point,
        -- null where it depends on what is not known
        case
            when counts.is_on_order_known then counts.on_hand + counts.on_order <= counts.reorder_point
            when counts.on_hand > counts.reorder_point then false
        end as is_to_be_ordered,
        -- what is sold until a delivery comes is the reorder point without the safety stock
        2 * counts.reorder_point - counts.safety_stock - counts.on_hand - counts.on_order as wanted
    from counts
    inner join demand
        on
            counts.day = demand.day
            and counts.country_key = demand.country_key
            and counts.product_key = demand.product_key

)

select
    stock.day,
    {{ month_start('stock.day') }} as month,
    countries.country,
    countries.country_code,
    products.product,
    stock.on_hand,
    stock.on_order,
    stock.reorder_point,
    stock.safety_stock,
    stock.daily_units,
    stock.is_out_of_stock,
    stock.is_below_reorder_point,
    case
        when stock.is_out_of_stock then 'Out of stock'
        when stock.is_to_be_ordered then 'Reorder'
        when stock.is_to_be_ordered is null then 'Unknown'
        when stock.is_below_reorder_point then 'On order'
        when stock.daily_units = 0 then 'No demand'
        else 'Enough'
    end as reorder_status,
    cast(
        case
            when not stock.is_to_be_ordered or stock.wanted <= 0 then 0
            when stock.is_to_be_ordered then stock.wanted
        end as numeric(18, 2)
    ) as reorder_quantity
from stock
inner join {{ ref('dim_country') }} as countries on stock.country_key = countries.country_key
inner join {{ ref('dim_product') }} as products on stock.product_key = products.product_key
