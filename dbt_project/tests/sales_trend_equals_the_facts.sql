-- Sales, units and profit are the fact's; targets are those of the months from the first to the last sale.
with fact as (

    select
        coalesce(sum(sales), 0) as sales,
        coalesce(sum(units_sold), 0) as units_sold,
        coalesce(sum(profit), 0) as profit,
        coalesce(sum(sales_with_profit), 0) as sales_with_profit,
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('fct_sales_monthly') }}

),

targets as (

    select coalesce(sum(targets.sales_target), 0) as sales_target
    from {{ ref('fct_sales_target') }} as targets
    inner join fact on targets.target_month between fact.first_month and fact.last_month

),

mart as (

    select
        coalesce(sum(sales), 0) as sales,
        coalesce(sum(units_sold), 0) as units_sold,
        coalesce(sum(profit), 0) as profit,
        coalesce(sum(sales_with_profit), 0) as sales_with_profit,
        coalesce(sum(sales_target), 0) as sales_target
    from {{ ref('mart_sales_trend') }}

)

select
    mart.sales - fact.sales as sales_too_many,
    mart.units_sold - fact.units_sold as units_too_many,
    mart.profit - fact.profit as profit_too_much,
    mart.sales_with_profit - fact.sales_with_profit as sales_with_profit_too_many,
    mart.sales_target - targets.sales_target as target_too_much
from mart
cross join fact
cross join targets
where
    {{ any_unpublished() }}
    and (
        mart.sales <> fact.sales
        or mart.units_sold <> fact.units_sold
        or mart.profit <> fact.profit
        or mart.sales_with_profit <> fact.sales_with_profit
        or mart.sales_target <> targets.sales_target
    )
