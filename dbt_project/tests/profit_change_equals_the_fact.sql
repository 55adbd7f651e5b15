-- Profit and units of each cell are the fact's, on both sides of each comparison. A cell is missing only if
-- it has sales of either month without units, cost or profit.
{%- set comparisons = {'previous month': 1, 'previous year': 12} %}
{%- set cell = ['comparison', 'month', 'source', 'company', 'country', 'product', 'segment'] %}
with fact as (

    select
        fact.month,
        fact.source,
        fact.company,
        countries.country,
        products.product,
        segments.segment,
        coalesce(sum(fact.units_sold), 0) as units,
        coalesce(sum(fact.profit), 0) as profit,
        sum(
            case
                when fact.units_sold is null or fact.cogs is null or fact.profit is null then 1
                when fact.lines_without_rate > 0 then 1
                when fact.sales_with_units <> fact.sales or fact.sales_with_profit <> fact.sales then 1
                when fact.sales_with_cost <> fact.sales then 1
                else 0
            end
        ) as unknowns
    from {{ ref('fct_sales_monthly') }} as fact
    inner join {{ ref('dim_country') }} as countries on fact.country_key = countries.country_key
    inner join {{ ref('dim_product') }} as products on fact.product_key = products.product_key
    inner join {{ ref('dim_segment') }} as segments on fact.segment_key = segments.segment_key
    group by fact.month, fact.source, fact.company, countries.country, products.product, segments.segment

),

data_months as (

    select
        source,
        company,
        min(month) as first_month,
        max(month) as last_month
    from fact
    group by source, company

),

sides as (

    {% for comparison, months in comparisons.items() -%}
    select
        '{{ comparison }}' as comparison,
        fact.month,
        fact.source,
        fact.company,
        fact.country,
        fact.product,
        fact.segment,
        0 as units_before,
        0 as profit_before,
        fact.units as units_after,
        fact.profit as profit_after,
        fact.unknowns,
        0 as is_compared
    from fact
    inner join data_months on fact.source = data_months.source and fact.company = data_months.company
    where fact.month >= {{ dbt.dateadd('month', months, 'data_months.first_month') }}

    union all

    select
        '{{ comparison }}' as comparison,
        cast({{ dbt.dateadd('month', months, 'fact.month') }} as date) as month,
        fact.source,
        fact.company,
        fact.country,
        fact.product,
        fact.segment,
        fact.units as units_before,
        fact.profit as profit_before,
        0 as units_after,
        0 as profit_after,
        fact.unknowns,
        0 as is_compared
    from fact
    inner join data_months on fact.source = data_months.source and fact.company = data_months.company
    where {{ dbt.dateadd('month', months, 'fact.month') }} <= data_months.last_month

    union all

    {% endfor -%}
    select
        comparison,
        month,
        source,
        company,
        country,
        product,
        segment,
        -units_before as units_before,
        -profit_before as profit_before,
        -units_after as units_after,
        -profit_after as profit_after,
        0 as unknowns,
        1 as is_compared
    from {{ ref('mart_profit_change') }}

),

cells as (

    select
        {{ cell | join(',\n        ') }},
        sum(units_before) as units_before_missing,
        sum(profit_before) as profit_before_missing,
        sum(units_after) as units_after_missing,
        sum(profit_after) as profit_after_missing,
        sum(unknowns) as unknowns,
        sum(is_compared) as rows_of_the_mart
    from sides
    group by {{ cell | join(', ') }}

)

select *
from cells
where
    {{ any_unpublished() }}
    and (
        rows_of_the_mart <> case when unknowns = 0 then 1 else 0 end
        or (
            rows_of_the_mart = 1
            and (
                units_before_missing <> 0
                or profit_before_missing <> 0
                or units_after_missing <> 0
                or profit_after_missing <> 0
            )
        )
    )
