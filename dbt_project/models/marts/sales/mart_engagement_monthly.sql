-- Grain: month x country x segment, of cells with engagement, with sales or with both.
-- Each is added up before the two meet, so that neither multiplies the other.
{{ config(**whole()) }}

with engagement as (

    select
        {{ month_start('engagement_date') }} as month,
        country_key,
        segment_key,
        count(distinct engagement_date) as days,
        sum(active_customers) as active_customers,
        sum(visits) as visits,
        sum(engaged_visits) as engaged_visits,
        sum(responses) as responses
    from {{ ref('fct_engagement') }}
    group by {{ month_start('engagement_date') }}, country_key, segment_key

),

sales as (

    select
        month,
        country_key,
        segment_key,
        sum(sales) as sales,
        sum(profit) as profit
    from {{ ref('fct_sales_monthly') }}
    group by month, country_key, segment_key

),

cells as (

    select
        month,
        country_key,
        segment_key
    from engagement
    union distinct
    select
        month,
        country_key,
        segment_key
    from sales

)

select
    cells.month,
    countries.country,
    countries.country_code,
    segments.segment,
    cast(coalesce(engagement.days, 0) as bigint) as days,
    cast(engagement.active_customers as bigint) as active_customers,
    cast(engagement.visits as bigint) as visits,
    cast(engagement.engaged_visits as bigint) as engaged_visits,
    cast(engagement.responses as bigint) as responses,
    cast(case when sales.month is not null then sales.sales else 0 end as numeric(18, 4)) as sales,
    cast(
        {{ zero_without_sales('profit', 'sales', 'cells.country_key, cells.segment_key') }} as numeric(18, 4)
    ) as profit
from cells
inner join {{ ref('dim_country') }} as countries on cells.country_key = countries.country_key
inner join {{ ref('dim_segment') }} as segments on cells.segment_key = segments.segment_key
left join engagement
    on
        cells.month = engagement.month
        and cells.country_key = engagement.country_key
        and cells.segment_key = engagement.segment_key
left join sales
    on
        cells.month = sales.month
        and cells.country_key = sales.country_key
        and cells.segment_key = sales.segment_key
where {{ has_changed() }}
