-- Grain: kind x metric x compared_with x country x segment x product. What the latest whole month of sales
-- says: one row per finding, with its sentence. `country` is null if it is about all countries.
-- macros/insights has one file per kind.
{{ config(**whole()) }}

{%- set days_left = dbt.datediff('max(day)', dbt.dateadd('month', 1, 'month'), 'day') %}
with month_ends as (

    select
        month,
        {{ days_left }} as days_left,
        row_number() over (order by month desc) as place
    from {{ ref('fct_sales_daily') }}
    group by month

),

longest_gaps as (

    select max(days_left) as days
    from month_ends
    where place > 1

),

-- as for the periods of dashboards: a month is over if its sales end no earlier than those of some before
latest as (

    select max(month_ends.month) as month
    from month_ends
    cross join longest_gaps
    where month_ends.place > 1 or longest_gaps.days is null or month_ends.days_left <= longest_gaps.days

),

sellers as (

    select
        source,
        company,
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('fct_sales_monthly') }}
    group by source, company

),

-- what a company does not know is left out of sums; `lacks_` says whether there is any
sales as (

    select
        fact.month,
        fact.source,
        fact.company,
        sellers.first_month as company_begins,
        sellers.last_month as company_ends,
        countries.country,
        segments.segment,
        products.product,
        sum(fact.sales) as sales,
        sum(fact.profit) as profit,
        max(case when fact.sales is null or fact.lines_without_rate > 0 then 1 else 0 end) as lacks_sales,
        max(
            case
                when fact.profit is null or fact.lines_without_rate > 0 then 1
                when coalesce(fact.sales_with_profit, 0) <> coalesce(fact.sales, 0) then 1
                else 0
            end
        ) as lacks_profit,
        -- besides the profit what mart_profit_change needs
        max(
            case
                when fact.units_sold is null or fact.cogs is null then 1
                when coalesce(fact.sales_with_units, 0) <> coalesce(fact.sales, 0) then 1
                when coalesce(fact.sales_with_cost, 0) <> coalesce(fact.sales, 0) then 1
                else 0
            end
        ) as lacks_causes
    from {{ ref('fct_sales_monthly') }} as fact
    inner join latest on fact.month <= latest.month
    inner join sellers on fact.source = sellers.source and fact.company = sellers.company
    inner join {{ ref('dim_country') }} as countries on fact.country_key = countries.country_key
    inner join {{ ref('dim_segment') }} as segments on fact.segment_key = segments.segment_key
    inner join {{ ref('dim_product') }} as products on fact.product_key = products.product_key
    group by
        fact.month,
        fact.source,
        fact.company,
        sellers.first_month,
        sellers.last_month,
        countries.country,
        segments.segment,
        products.product

),

{{ ctes_of_changes() }}

{{ ctes_of_landing() }}

{{ ctes_of_unusual() }}

{{ ctes_of_new_and_gone() }}

{{ ctes_of_records() }}

findings as (

    select * from changes
    union all
    select * from landings
    union all
    select * from unusual_figures
    union all
    select * from new_and_gone
    union all
    select * from records

),

worded as (

    select
        *,
        {{ words_of_findings() }}
    from findings

)

select
    -- within what the readers of a row see: a manager's findings begin with 1, and say nothing of others
    cast(
        row_number() over (
            partition by country
            order by
                abs(effect) desc nulls last, kind asc, metric asc, compared_with asc, segment asc, product asc
        ) as int
    ) as rank,
    {% for name in finding_columns() -%}
    {{ name }},
    {% endfor -%}
    case
        when effect > 0 then 'up'
        when effect < 0 then 'down'
        when effect = 0 then 'level'
    end as direction,
    -- sales and profit are both better when they go up, as their mart defines them
    case when effect <> 0 then effect > 0 end as is_good,
    is_without_companies or is_without_figures as is_partial,
    {{ sentence_of_finding() }} as sentence
from worded
where {{ has_changed() }}
