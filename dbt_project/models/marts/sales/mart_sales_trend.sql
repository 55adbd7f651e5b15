-- Grain: month x country x segment, a row for every month from the first to the last with sales, so that the
-- row before is the month before. Targets of other months are plans, and would be compared with no sales.
{{ config(**whole()) }}

{%- set market = 'markets.country_key, markets.segment_key' %}
with sales as (

    select
        month,
        country_key,
        segment_key,
        cast(sum(sales) as numeric(18, 4)) as sales,
        cast(sum(units_sold) as numeric(18, 6)) as units_sold,
        cast(sum(profit) as numeric(18, 4)) as profit,
        cast(sum(sales_with_profit) as numeric(18, 4)) as sales_with_profit
    from {{ ref('fct_sales_monthly') }}
    group by month, country_key, segment_key

),

data_months as (

    select
        min(month) as first_month,
        max(month) as last_month
    from sales

),

months as (

    select distinct dates.month
    from {{ ref('dim_date') }} as dates
    inner join data_months on dates.month between data_months.first_month and data_months.last_month

),

targets as (

    select
        targets.target_month as month,
        targets.country_key,
        targets.segment_key,
        cast(sum(targets.sales_target) as numeric(18, 4)) as sales_target
    from {{ ref('fct_sales_target') }} as targets
    inner join months on targets.target_month = months.month
    group by targets.target_month, targets.country_key, targets.segment_key

),

markets as (

    select
        country_key,
        segment_key
    from sales
    union distinct
    select
        country_key,
        segment_key
    from targets

),

grid as (

    select
        months.month,
        markets.country_key,
        markets.segment_key,
        targets.sales_target,
        cast(case when sales.month is not null then sales.sales else 0 end as numeric(18, 4)) as sales,
        cast(
            {{ zero_without_sales('units_sold', 'sales', market) }} as numeric(18, 6)
        ) as units_sold,
        cast({{ zero_without_sales('profit', 'sales', market) }} as numeric(18, 4)) as profit,
        cast(coalesce(sales.sales_with_profit, 0) as numeric(18, 4)) as sales_with_profit
    from months
    cross join markets
    left join sales
        on
            months.month = sales.month
            and markets.country_key = sales.country_key
            and markets.segment_key = sales.segment_key
    left join targets
        on
            months.month = targets.month
            and markets.country_key = targets.country_key
            and markets.segment_key = targets.segment_key

)

select
    grid.month,
    countries.country,
    countries.country_code,
    segments.segment,
    grid.sales,
    grid.units_sold,
    grid.profit,
    grid.sales_with_profit,
    grid.sales_target,
    cast(lag(grid.sales, 1) over market as numeric(18, 4)) as sales_previous_month,
    cast(lag(grid.sales, 12) over market as numeric(18, 4)) as sales_previous_year,
    cast(lag(grid.profit, 1) over market as numeric(18, 4)) as profit_previous_month,
    cast(lag(grid.profit, 12) over market as numeric(18, 4)) as profit_previous_year
from grid
inner join {{ ref('dim_country') }} as countries on grid.country_key = countries.country_key
inner join {{ ref('dim_segment') }} as segments on grid.segment_key = segments.segment_key
where {{ has_changed() }}
window market as (partition by grid.country_key, grid.segment_key order by grid.month)
