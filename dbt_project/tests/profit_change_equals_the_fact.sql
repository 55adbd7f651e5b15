-- Profit and units of each country and month are the fact's, on both sides of each comparison.
{%- set comparisons = {'previous month': 1, 'previous year': 12} %}
with fact as (

    select
        month,
        country_key,
        sum(units_sold) as units,
        sum(profit) as profit
    from {{ ref('fct_sales_monthly') }}
    group by month, country_key

),

data_months as (

    select
        min(month) as first_month,
        max(month) as last_month
    from fact

),

amounts as (

    {% for comparison, months in comparisons.items() -%}
    select
        '{{ comparison }}' as comparison,
        'after' as side,
        fact.month,
        countries.country,
        fact.units,
        fact.profit
    from fact
    inner join {{ ref('dim_country') }} as countries on fact.country_key = countries.country_key
    cross join data_months
    where fact.month >= {{ dbt.dateadd('month', months, 'data_months.first_month') }}

    union all

    select
        '{{ comparison }}' as comparison,
        'before' as side,
        cast({{ dbt.dateadd('month', months, 'fact.month') }} as date) as month,
        countries.country,
        fact.units,
        fact.profit
    from fact
    inner join {{ ref('dim_country') }} as countries on fact.country_key = countries.country_key
    cross join data_months
    where {{ dbt.dateadd('month', months, 'fact.month') }} <= data_months.last_month

    union all

    {% endfor -%}
    select
        comparison,
        'after' as side,
        month,
        country,
        -units_after as units,
        -profit_after as profit
    from {{ ref('mart_profit_change') }}

    union all

    select
        comparison,
        'before' as side,
        month,
        country,
        -units_before as units,
        -profit_before as profit
    from {{ ref('mart_profit_change') }}

)

select
    comparison,
    side,
    month,
    country,
    sum(units) as units_missing,
    sum(profit) as profit_missing
from amounts
where {{ any_unpublished() }}
group by comparison, side, month, country
having sum(units) <> 0 or sum(profit) <> 0
