-- Grain: month x source x company x country x segment, a row for every month from the company's first to its
-- last with sales, so that the row before is the month before. Targets of other months are plans, and would
-- be compared with no sales. A target stands once: in the first source's row, if its company has several.
-- A month that is not over would seem to have shrunk: comparable months are marked.
{{ config(**whole()) }}

{%- set seller = 'months.source, months.company' %}
{%- set market = seller ~ ', markets.country_key, markets.segment_key' %}
{%- set days_left = dbt.datediff('max(day)', dbt.dateadd('month', 1, 'month'), 'day') %}
with sales as (

    select
        month,
        source,
        company,
        country_key,
        segment_key,
        cast(sum(sales) as numeric(18, 4)) as sales,
        cast(sum(units_sold) as numeric(18, 6)) as units_sold,
        cast(sum(profit) as numeric(18, 4)) as profit,
        cast(sum(sales_with_profit) as numeric(18, 4)) as sales_with_profit
    from {{ ref('fct_sales_monthly') }}
    group by month, source, company, country_key, segment_key

),

sellers as (

    select
        source,
        company,
        min(month) as first_month,
        max(month) as last_month
    from sales
    group by source, company

),

compared_sellers as (

    select
        *,
        {{ is_targeted() }} as is_targeted,
        {{ target_of_sales() }} as target_of
    from sellers

),

month_ends as (

    select
        source,
        company,
        month,
        {{ days_left }} as days_left
    from {{ ref('fct_sales_daily') }}
    group by source, company, month

),

-- The latest month is over if its sales end no earlier than those of some month before it: shops close on
-- Sundays, and some sources date a month to its first day.
latest_months as (

    select
        source,
        company,
        max(case when month = latest then days_left end)
        <= max(case when month < latest then days_left end) as is_over
    from (
        select
            *,
            max(month) over (partition by source, company) as latest
        from month_ends
    ) as placed
    group by source, company

),

months as (

    select distinct
        dates.month,
        compared_sellers.source,
        compared_sellers.company,
        compared_sellers.is_targeted,
        compared_sellers.target_of,
        dates.month < compared_sellers.last_month or coalesce(latest_months.is_over, true) as is_over
    from {{ ref('dim_date') }} as dates
    inner join compared_sellers
        on dates.month between compared_sellers.first_month and compared_sellers.last_month
    left join latest_months
        on
            compared_sellers.source = latest_months.source
            and compared_sellers.company = latest_months.company

),

first_sellers as (

    select
        month,
        source,
        company,
        target_of
    from (
        select
            *,
            row_number() over (partition by month, target_of order by company asc, source asc) as place
        from months
        where is_targeted = 1
    ) as placed
    where place = 1

),

targets as (

    select
        first_sellers.month,
        first_sellers.source,
        first_sellers.company,
        targets.country_key,
        targets.segment_key,
        cast(sum(targets.sales_target) as numeric(18, 4)) as sales_target,
        count(*) - count(targets.sales_target) as unknown_targets
    from {{ ref('fct_sales_target') }} as targets
    inner join first_sellers
        on
            targets.target_month = first_sellers.month
            and {{ target_of_company('targets.company', 'compared_sellers') }} = first_sellers.target_of
    group by
        first_sellers.month,
        first_sellers.source,
        first_sellers.company,
        targets.country_key,
        targets.segment_key

),

markets as (

    select
        source,
        company,
        country_key,
        segment_key
    from sales
    union distinct
    select
        source,
        company,
        country_key,
        segment_key
    from targets

),

grid as (

    select
        months.month,
        months.source,
        months.company,
        markets.country_key,
        markets.segment_key,
        months.is_targeted,
        months.target_of,
        months.is_over,
        targets.sales_target,
        targets.unknown_targets,
        cast(case when sales.month is not null then sales.sales else 0 end as numeric(18, 4)) as sales,
        cast(
            {{ zero_without_sales('units_sold', 'sales', market, seller) }} as numeric(18, 6)
        ) as units_sold,
        cast({{ zero_without_sales('profit', 'sales', market, seller) }} as numeric(18, 4)) as profit,
        cast(coalesce(sales.sales_with_profit, 0) as numeric(18, 4)) as sales_with_profit
    from months
    inner join markets on months.source = markets.source and months.company = markets.company
    left join sales
        on
            months.month = sales.month
            and markets.source = sales.source
            and markets.company = sales.company
            and markets.country_key = sales.country_key
            and markets.segment_key = sales.segment_key
    left join targets
        on
            months.month = targets.month
            and markets.source = targets.source
            and markets.company = targets.company
            and markets.country_key = targets.country_key
            and markets.segment_key = targets.segment_key

)

select
    grid.month,
    grid.source,
    grid.company,
    countries.country,
    countries.country_code,
    segments.segment,
    grid.sales,
    grid.units_sold,
    grid.profit,
    grid.sales_with_profit,
    grid.sales_target,
    -- null where the target or sales of it have no amount, as their rate is missing
    cast(
        case
            when
                grid.is_targeted = 1
                and count(grid.sales_target) over target > 0
                and coalesce(sum(grid.unknown_targets) over target, 0) = 0
                and count(*) over target = count(grid.sales) over target
                then grid.sales
        end as numeric(18, 4)
    ) as targeted_sales,
    cast(lag(grid.sales, 1) over market as numeric(18, 4)) as sales_previous_month,
    cast(lag(grid.sales, 12) over market as numeric(18, 4)) as sales_previous_year,
    cast(lag(grid.profit, 1) over market as numeric(18, 4)) as profit_previous_month,
    cast(lag(grid.profit, 12) over market as numeric(18, 4)) as profit_previous_year,
    grid.is_over and lag(grid.month, 1) over market is not null as is_comparable_month,
    grid.is_over and lag(grid.month, 12) over market is not null as is_comparable_year
from grid
inner join {{ ref('dim_country') }} as countries on grid.country_key = countries.country_key
inner join {{ ref('dim_segment') }} as segments on grid.segment_key = segments.segment_key
where {{ has_changed() }}
window
    market as (
        partition by grid.source, grid.company, grid.country_key, grid.segment_key
        order by grid.month
    ),
    target as (
        partition by grid.month, grid.is_targeted, grid.target_of, grid.country_key, grid.segment_key
    )
