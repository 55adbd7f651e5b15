{#- Where sales of the year will end: the months that are known and the forecast of the others, against the target where
    all that is sold has one in every month. Reads `latest`, `sellers` and `sales` of the model.

    A forecast counts if it is of the figures that are published: made from the same months, the last of them with the same
    figure. How far a sum of months may be off is not in the forecast; its months are. The sum of their bounds says where
    the year ends if each month stays within its own interval. -#}
{%- macro ctes_of_landing() -%}
landing_year as (

    select
        month,
        next_month,
        cast(date_trunc('year', next_month) as date) as year_start,
        cast({{ dbt.dateadd('month', 11, "cast(date_trunc('year', next_month) as date)") }} as date) as year_end
    from (
        select
            month,
            cast({{ dbt.dateadd('month', 1, 'month') }} as date) as next_month
        from latest
    ) as following

),

known_sales as (

    {% for level in ['total', 'country'] -%}
    select
        '{{ level }}' as level,
        {{ "''" if level == 'total' else 'sales.country' }} as scope,
        sum(case when sales.month >= landing_year.year_start then sales.sales end) as so_far,
        sum(case when sales.month = landing_year.month then sales.sales end) as latest_sales,
        max(case when sales.month >= landing_year.year_start then sales.lacks_sales else 0 end) as lacks_sales,
        -- its later months counted as 0 when the forecast was made
        max(
            case
                when
                    sales.company_ends < landing_year.month
                    and sales.month > {{ dbt.dateadd('month', -12, 'landing_year.month') }}
                    then 1
                else 0
            end
        ) as lacks_companies
    from sales
    cross join landing_year
    {{ 'group by sales.country' if level == 'country' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

forecast_rest as (

    select
        forecasts.level,
        coalesce(forecasts.country, '') as scope,
        max(forecasts.country) as country,
        max(case when forecasts.kind = 'actual' and forecasts.month = landing_year.month then forecasts.actual end)
            as seen_sales,
        count(case when forecasts.kind = 'forecast' then 1 end) as months_ahead,
        count(case when forecasts.kind = 'forecast' then forecasts.lower_80 end) as months_with_bounds,
        sum(forecasts.forecast) as forecast,
        sum(forecasts.lower_80) as lower_80,
        sum(forecasts.upper_80) as upper_80,
        max(case when forecasts.kind = 'forecast' then forecasts.remark end) as remark
    from {{ ref('fct_forecast') }} as forecasts
    cross join landing_year
    where
        forecasts.is_latest
        and forecasts.metric = 'total_sales'
        and forecasts.level in ('total', 'country')
        and forecasts.history_to = landing_year.month
        and (
            (forecasts.kind = 'actual' and forecasts.month = landing_year.month)
            or (
                forecasts.kind = 'forecast'
                and forecasts.month between landing_year.next_month and landing_year.year_end
            )
        )
    group by forecasts.level, coalesce(forecasts.country, '')

),

targeted_sellers as (

    select
        company,
        last_month,
        {{ is_targeted() }} as is_targeted,
        {{ target_of_sales() }} as target_of
    from sellers

),

untargeted as (

    select count(*) as companies
    from targeted_sellers
    cross join latest
    where is_targeted = 0 and last_month >= latest.month

),

targets_of_cells as (

    select
        placed.country,
        placed.segment,
        sum(placed.sales_target) as sales_target,
        count(distinct placed.month) as months,
        count(*) - count(placed.sales_target) as unknown
    from (
        select
            countries.country,
            segments.segment,
            targets.target_month as month,
            targets.sales_target,
            {{ target_of_company('targets.company', 'targeted_sellers') }} as target_of
        from {{ ref('fct_sales_target') }} as targets
        inner join {{ ref('dim_country') }} as countries on targets.country_key = countries.country_key
        inner join {{ ref('dim_segment') }} as segments on targets.segment_key = segments.segment_key
        cross join landing_year
        where targets.target_month between landing_year.year_start and landing_year.year_end
    ) as placed
    where placed.target_of in (select targeted_sellers.target_of from targeted_sellers)
    group by placed.country, placed.segment

),

-- what was sold in the last twelve months must have a target in each month of the year
sold_cells as (

    select distinct
        sales.country,
        sales.segment
    from sales
    cross join latest
    where sales.month > {{ dbt.dateadd('month', -12, 'latest.month') }}

),

aimed_cells as (

    select
        coalesce(sold_cells.country, targets_of_cells.country) as country,
        targets_of_cells.sales_target,
        case
            when sold_cells.country is null then coalesce(targets_of_cells.unknown, 0)
            when targets_of_cells.months = 12 and targets_of_cells.unknown = 0 then 0
            else 1
        end as lacks_target
    from sold_cells
    full outer join targets_of_cells
        on sold_cells.country = targets_of_cells.country and sold_cells.segment = targets_of_cells.segment

),

aims as (

    {% for level in ['total', 'country'] -%}
    select
        '{{ level }}' as level,
        {{ "''" if level == 'total' else 'aimed_cells.country' }} as scope,
        case
            when sum(aimed_cells.lacks_target) = 0 and max(untargeted.companies) = 0 then sum(aimed_cells.sales_target)
        end as sales_target,
        count(aimed_cells.sales_target) as targets
    from aimed_cells
    cross join untargeted
    {{ 'group by aimed_cells.country' if level == 'country' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

landed as (

    select
        forecast_rest.level,
        forecast_rest.country,
        landing_year.month,
        landing_year.year_start,
        landing_year.year_end,
        case when landing_year.month >= landing_year.year_start then coalesce(known_sales.so_far, 0) end as so_far,
        forecast_rest.forecast,
        coalesce(known_sales.so_far, 0) + forecast_rest.forecast as landing,
        case
            when forecast_rest.months_with_bounds = forecast_rest.months_ahead
                then coalesce(known_sales.so_far, 0) + forecast_rest.lower_80
        end as lower_bound,
        case
            when forecast_rest.months_with_bounds = forecast_rest.months_ahead
                then coalesce(known_sales.so_far, 0) + forecast_rest.upper_80
        end as upper_bound,
        forecast_rest.remark,
        coalesce(known_sales.lacks_sales, 0) as lacks_sales,
        coalesce(known_sales.lacks_companies, 0) as lacks_companies,
        aims.sales_target,
        coalesce(aims.targets, 0) as targets,
        coalesce(known_sales.so_far, 0) + forecast_rest.forecast - aims.sales_target as change
    from forecast_rest
    cross join landing_year
    left join known_sales on forecast_rest.level = known_sales.level and forecast_rest.scope = known_sales.scope
    left join aims on forecast_rest.level = aims.level and forecast_rest.scope = aims.scope
    where
        forecast_rest.months_ahead = 12 - mod(cast(extract(month from landing_year.month) as int), 12)
        and forecast_rest.seen_sales = coalesce(known_sales.latest_sales, 0)

),

compared_landings as (

    select
        *,
        {{ share_of('change', 'sales_target') }} as change_share
    from landed

),

landings as (

    select
        {{ finding({
            'kind': "'landing'",
            'metric': "'total_sales'",
            'compared_with': "case when sales_target is not null then 'target' end",
            'country': 'country',
            'month': 'month',
            'period_from': 'year_start',
            'period_to': 'year_end',
            'known_to': 'month',
            'figure': 'landing',
            'baseline': 'sales_target',
            'effect': 'change',
            'effect_share': 'change_share',
            'so_far': 'so_far',
            'forecast': 'forecast',
            'lower_bound': 'lower_bound',
            'upper_bound': 'upper_bound',
            'interval_percent': 'case when lower_bound is not null then 80 end',
            'is_short': 'remark is not null',
            'has_targets': 'targets > 0',
            'lacks_companies': 'lacks_companies',
            'lacks_figures': 'lacks_sales',
        }) }}
    from compared_landings

),
{%- endmacro %}
