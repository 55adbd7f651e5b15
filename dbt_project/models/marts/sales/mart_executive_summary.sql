-- Grain: month x country. Sales, targets, engagement and stock are each added up to it before they meet, so
-- that none multiplies another.
{{ config(**whole()) }}

{%- set threshold = var('high_sales_threshold') %}
with sales_of_companies as (

    select
        month,
        company,
        country_key,
        segment_key,
        sum(sales) as sales,
        sum(profit) as profit,
        sum(units_sold) as units_sold,
        sum(sales_with_profit) as sales_with_profit
    from {{ ref('fct_sales_monthly') }}
    group by month, company, country_key, segment_key

),

compared_sales as (

    select
        *,
        {{ is_targeted() }} as is_targeted,
        {{ target_of_sales() }} as target_of
    from sales_of_companies

),

sales as (

    select
        month,
        country_key,
        sum(sales) as sales,
        sum(profit) as profit,
        sum(units_sold) as units_sold,
        sum(sales_with_profit) as sales_with_profit
    from sales_of_companies
    group by month, country_key

),

targets_of_segments as (

    select
        month,
        target_of,
        country_key,
        segment_key,
        sum(sales_target) as sales_target,
        count(*) - count(sales_target) as unknown_targets
    from (
        select
            target_month as month,
            {{ target_of_company('company', 'compared_sales') }} as target_of,
            country_key,
            segment_key,
            sales_target
        from {{ ref('fct_sales_target') }}
    ) as placed_targets
    group by month, target_of, country_key, segment_key

),

sales_of_segments as (

    select
        month,
        target_of,
        country_key,
        segment_key,
        -- null where sales have no amount, as their rate is missing
        case when count(*) = count(sales) then sum(sales) end as sales
    from compared_sales
    where is_targeted = 1
    group by month, target_of, country_key, segment_key

),

-- a target is compared with the sales of its own segment and company: others may have none
targets as (

    select
        targets_of_segments.month,
        targets_of_segments.country_key,
        sum(targets_of_segments.sales_target) as sales_target,
        case
            when
                count(sales_of_segments.month) = count(sales_of_segments.sales)
                and sum(targets_of_segments.unknown_targets) = 0
                then sum(coalesce(sales_of_segments.sales, 0))
        end as targeted_sales
    from targets_of_segments
    left join sales_of_segments
        on
            targets_of_segments.month = sales_of_segments.month
            and targets_of_segments.target_of = sales_of_segments.target_of
            and targets_of_segments.country_key = sales_of_segments.country_key
            and targets_of_segments.segment_key = sales_of_segments.segment_key
    group by targets_of_segments.month, targets_of_segments.country_key

),

engagement_of_segments as (

    select
        {{ month_start('engagement_date') }} as month,
        country_key,
        cast(sum(active_customers) as numeric(18, 4)) / count(distinct engagement_date) as active_customers,
        sum(visits) as visits,
        sum(engaged_visits) as engaged_visits
    from {{ ref('fct_engagement') }}
    group by {{ month_start('engagement_date') }}, country_key, segment_key

),

engagement as (

    select
        month,
        country_key,
        sum(active_customers) as active_customers,
        sum(visits) as visits,
        sum(engaged_visits) as engaged_visits
    from engagement_of_segments
    group by month, country_key

),

-- the last counts of the month, in each place that is counted
placed_counts as (

    select
        {{ month_start('stock_date') }} as month,
        country_key,
        on_hand,
        rank() over (
            partition by {{ month_start('stock_date') }}, source, company, location, country_key, product_key
            order by stock_date desc
        ) as recency
    from {{ ref('fct_inventory_snapshot') }}

),

inventory as (

    select
        month,
        country_key,
        sum(on_hand) as on_hand
    from placed_counts
    where recency = 1
    group by month, country_key

),

happened as (

    select
        month,
        country_key
    from sales
    union all
    select
        month,
        country_key
    from engagement
    union all
    select
        month,
        country_key
    from inventory

),

latest as (

    select max(month) as month from happened

),

-- a target of a month of which nothing is known yet is a plan, and would spoil every comparison with sales
cells as (

    select
        month,
        country_key
    from happened
    union distinct
    select
        targets.month,
        targets.country_key
    from targets
    inner join latest on targets.month <= latest.month

)

select
    cells.month,
    countries.country,
    countries.country_code,
    countries.region,
    cast(case when sales.month is not null then sales.sales else 0 end as numeric(18, 4)) as sales,
    cast({{ zero_without_sales('profit', 'sales', 'cells.country_key') }} as numeric(18, 4)) as profit,
    cast(
        {{ zero_without_sales('units_sold', 'sales', 'cells.country_key') }} as numeric(18, 6)
    ) as units_sold,
    cast(coalesce(sales.sales_with_profit, 0) as numeric(18, 4)) as sales_with_profit,
    cast(targets.sales_target as numeric(18, 4)) as sales_target,
    cast(targets.targeted_sales as numeric(18, 4)) as targeted_sales,
    cast(engagement.engaged_visits as bigint) as engagement,
    cast(engagement.visits as bigint) as visits,
    cast(engagement.active_customers as numeric(18, 4)) as active_customers,
    cast(inventory.on_hand as numeric(18, 2)) as inventory,
    coalesce(sales.sales, 0) > {{ threshold }} as is_high_sales,
    case when coalesce(sales.sales, 0) > {{ threshold }} then 1 else 0 end as high_sales_months
from cells
inner join {{ ref('dim_country') }} as countries on cells.country_key = countries.country_key
left join sales on cells.month = sales.month and cells.country_key = sales.country_key
left join targets on cells.month = targets.month and cells.country_key = targets.country_key
left join engagement on cells.month = engagement.month and cells.country_key = engagement.country_key
left join inventory on cells.month = inventory.month and cells.country_key = inventory.country_key
where {{ has_changed() }}
