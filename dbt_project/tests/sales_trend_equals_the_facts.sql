-- Sales, units and profit of each company are the fact's. Targets are those of the months from the first to
-- the last sale of the companies that they are for.
with sold as (

    select
        source,
        company,
        month,
        coalesce(sales, 0) as sales,
        coalesce(units_sold, 0) as units_sold,
        coalesce(profit, 0) as profit,
        coalesce(sales_with_profit, 0) as sales_with_profit
    from {{ ref('fct_sales_monthly') }}

),

fact as (

    select
        source,
        company,
        sum(sales) as sales,
        sum(units_sold) as units_sold,
        sum(profit) as profit,
        sum(sales_with_profit) as sales_with_profit,
        min(month) as first_month,
        max(month) as last_month
    from sold
    group by source, company

),

targets as (

    select coalesce(sum(targets.sales_target), 0) as sales_target
    from {{ ref('fct_sales_target') }} as targets
    where exists (
        select 1 from fact
        where
            targets.target_month between fact.first_month and fact.last_month
            and (
                fact.company = targets.company
                or not exists (
                    select 1 from fact as own
                    where own.company in ({{ companies_with_targets() }})
                )
            )
    )

),

mart as (

    select
        source,
        company,
        coalesce(sum(sales), 0) as sales,
        coalesce(sum(units_sold), 0) as units_sold,
        coalesce(sum(profit), 0) as profit,
        coalesce(sum(sales_with_profit), 0) as sales_with_profit,
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('mart_sales_trend') }}
    group by source, company

),

in_mart as (

    select coalesce(sum(sales_target), 0) as sales_target from {{ ref('mart_sales_trend') }}

)

select
    coalesce(mart.source, fact.source) as source,
    coalesce(mart.company, fact.company) as company,
    mart.sales - fact.sales as sales_too_many,
    mart.units_sold - fact.units_sold as units_too_many,
    mart.profit - fact.profit as profit_too_much,
    mart.sales_with_profit - fact.sales_with_profit as sales_with_profit_too_many,
    null as target_too_much
from fact
full outer join mart on fact.source = mart.source and fact.company = mart.company
where
    {{ any_unpublished() }}
    and (
        mart.source is null
        or fact.source is null
        or mart.sales <> fact.sales
        or mart.units_sold <> fact.units_sold
        or mart.profit <> fact.profit
        or mart.sales_with_profit <> fact.sales_with_profit
        or mart.first_month <> fact.first_month
        or mart.last_month <> fact.last_month
    )

union all

select
    null as source,
    null as company,
    null as sales_too_many,
    null as units_too_many,
    null as profit_too_much,
    null as sales_with_profit_too_many,
    in_mart.sales_target - targets.sales_target as target_too_much
from in_mart
cross join targets
where {{ any_unpublished() }} and in_mart.sales_target <> targets.sales_target
