-- Grain: comparison x month x source x company x country x product x segment, where the cell has sales in
-- either month and the units, cost and profit of all of them are known. Each company's first and last month
-- are its own. docs/decisions/0015-why-profit-changed.md gives the formulas and says why.
{%- set comparisons = {'previous month': 1, 'previous year': 12} %}
{%- set measures = ['sales', 'gross_sales', 'cogs', 'profit'] %}
{#- A cell is compared where all its sales, of both months, have units, cost and profit. Where they do not
    all have discounts, what was paid takes the place of the list price. -#}
{%- set knows_profit = "units_sold is not null and cogs is not null and profit is not null
            and coalesce(sales_with_units, 0) = coalesce(sales, 0)
            and coalesce(sales_with_cost, 0) = coalesce(sales, 0)
            and coalesce(sales_with_profit, 0) = coalesce(sales, 0)
            and coalesce(lines_without_rate, 0) = 0" %}
{%- set knows_discounts = "gross_sales is not null
            and coalesce(sales_with_discounts, 0) = coalesce(sales, 0)" %}

-- A month is on both sides of comparisons. Where the data of a company begin or end in another month than
-- they did, months that did not change come to be known or unknown too: those between the changed months and
-- the unchanged ones, and those that now lie outside the data.
{%- set whens = namespace(sql='') %}
{%- for comparison, months in comparisons.items() %}
{%- set whens.sql = whens.sql ~ " when '" ~ comparison ~ "' then " ~ months %}
{%- endfor %}
{%- set touched_months = "
    select cast(changes.slice as date) + sides.months_apart * interval '1 month' as slice
    from {changes} as changes
    cross join (values (0), (" ~ comparisons.values() | join('), (') ~ ")) as sides (months_apart)
    union all
    select generate_series(
        case when sides.months_apart = 0 then coalesce(kept_last, first_month) else first_month end
        + sides.months_apart * interval '1 month',
        case when sides.months_apart = 0 then last_month else coalesce(kept_first, last_month) end
        + sides.months_apart * interval '1 month',
        '1 month'
    ) as slice
    from (
        select
            min(months.month) as first_month,
            max(months.month) as last_month,
            min(case when changes.slice is null then months.month end) as kept_first,
            max(case when changes.slice is null then months.month end) as kept_last
        from (select distinct source, company, month from {fct_sales_monthly}) as months
        left join (select distinct cast(slice as date) as slice from {changes}) as changes
            on months.month = changes.slice
        group by months.source, months.company
    ) as data
    cross join (values (0), (" ~ comparisons.values() | join('), (') ~ ")) as sides (months_apart)
    where
        case
            when sides.months_apart = 0 then last_month > coalesce(kept_last, first_month)
            else first_month < coalesce(kept_first, last_month)
        end
    union all
    select distinct compared.month as slice
    from {mart_profit_change} as compared
    left join (
        select source, company, min(month) as first_month, max(month) as last_month
        from {fct_sales_monthly}
        group by source, company
    ) as data on compared.source = data.source and compared.company = data.company
    where
        data.source is null
        or compared.month > data.last_month
        or compared.month
        < data.first_month + case compared.comparison" ~ whens.sql ~ " end * interval '1 month'" %}
{{ config(**slices(by='month date', follows={'fct_sales_monthly': touched_months})) }}

with data_months as (

    select
        source,
        company,
        min(month) as first_month,
        max(month) as last_month
    from {{ ref('fct_sales_monthly') }}
    group by source, company

),

-- Sales stand once in their own month, as what is after, and once in the month that is compared with it.
sides as (

    {% for comparison, months in comparisons.items() -%}
    {% set last_comparison = loop.last -%}
    {% for side, month in {'after': 'month', 'before': dbt.dateadd('month', months, 'month')}.items() -%}
    select
        '{{ comparison }}' as comparison,
        cast({{ month }} as date) as month,
        {{ months }} as months_apart,
        '{{ side }}' as side,
        source,
        company,
        country_key,
        product_key,
        segment_key,
        units_sold as units,
        case when {{ knows_profit }} then 1 else 0 end as knows_profit,
        case when {{ knows_discounts }} then 1 else 0 end as knows_discounts,
        {{ measures | join(', ') }}
    from {{ ref('fct_sales_monthly') }}
    where {{ is_touched('cast(' ~ month ~ ' as date)') }}

    {{ 'union all' if not (last_comparison and loop.last) }}

    {% endfor -%}
    {% endfor -%}
),

-- Both months lie in the data: before them and after them sales are unknown, not zero.
known_sides as (

    select sides.*
    from sides
    inner join data_months
        on sides.source = data_months.source and sides.company = data_months.company
    where
        sides.month <= data_months.last_month
        and sides.month
        >= cast({{ dbt.dateadd('month', 'sides.months_apart', 'data_months.first_month') }} as date)

),

cells as (

    select
        comparison,
        month,
        source,
        company,
        country_key,
        product_key,
        segment_key,
        {% for measure in measures -%}
        cast(sum(case when side = 'before' then {{ measure }} else 0 end) as numeric(18, 4))
            as {{ measure }}_before,
        cast(sum(case when side = 'after' then {{ measure }} else 0 end) as numeric(18, 4))
            as {{ measure }}_after,
        {% endfor -%}
        cast(sum(case when side = 'before' then units else 0 end) as numeric(18, 6)) as units_before,
        cast(sum(case when side = 'after' then units else 0 end) as numeric(18, 6)) as units_after,
        min(knows_discounts) = 1 as knows_discounts
    from known_sides
    group by comparison, month, source, company, country_key, product_key, segment_key
    having min(knows_profit) = 1

),

totals as (

    select
        *,
        case when knows_discounts then gross_sales_before else sales_before end as price_base_before,
        case when knows_discounts then gross_sales_after else sales_after end as price_base_after,
        cast(sum(units_before) over country as numeric(18, 6)) as country_units_before,
        cast(sum(units_after) over country as numeric(18, 6)) as country_units_after
    from cells
    window country as (partition by comparison, month, source, company, country_key)

),

ratios as (

    select
        *,
        cast(profit_after - profit_before as numeric(18, 4)) as profit_change,
        {{ unit_ratio('units_after', 'units_before') }} as unit_ratio,
        {{ unit_ratio('country_units_after', 'country_units_before') }} as country_ratio
    from totals

),

-- What the month before would have been with the units of the month after.
scaled as (

    select
        *,
        cast(profit_before * unit_ratio as numeric(18, 4)) as profit_at_units,
        cast(profit_before * country_ratio as numeric(18, 4)) as profit_at_country_units,
        cast(price_base_before * unit_ratio as numeric(18, 4)) as price_base_at_units,
        cast(cogs_before * unit_ratio as numeric(18, 4)) as cogs_at_units
    from ratios

),

effects as (

    select
        *,
        case
            when country_ratio is null and unit_ratio is null then profit_change
            when country_ratio is null then profit_at_units - profit_before
            when unit_ratio is null then 0
            else profit_at_country_units - profit_before
        end as volume_effect,
        case
            when country_ratio is null then 0
            when unit_ratio is null then profit_change
            else profit_at_units - profit_at_country_units
        end as mix_effect,
        case when unit_ratio is null then 0 else price_base_after - price_base_at_units end as price_effect,
        case when unit_ratio is null then 0 else cogs_at_units - cogs_after end as cost_effect
    from scaled

),

-- what is left is of price and discounts, and includes what files and this model round
remainders as (

    select
        *,
        profit_change - volume_effect - mix_effect - cost_effect as price_and_discounts
    from effects

)

select
    effects.comparison,
    effects.month,
    effects.source,
    effects.company,
    countries.country,
    countries.country_code,
    products.product,
    segments.segment,
    effects.units_before,
    effects.units_after,
    effects.profit_before,
    effects.profit_after,
    effects.profit_change,
    cast(effects.volume_effect as numeric(18, 4)) as volume_effect,
    cast(effects.mix_effect as numeric(18, 4)) as mix_effect,
    cast(
        case when effects.knows_discounts then effects.price_effect else effects.price_and_discounts end
        as numeric(18, 4)
    ) as price_effect,
    cast(
        case when effects.knows_discounts then effects.price_and_discounts - effects.price_effect end
        as numeric(18, 4)
    ) as discount_effect,
    cast(effects.cost_effect as numeric(18, 4)) as cost_effect
from remainders as effects
inner join {{ ref('dim_country') }} as countries on effects.country_key = countries.country_key
inner join {{ ref('dim_product') }} as products on effects.product_key = products.product_key
inner join {{ ref('dim_segment') }} as segments on effects.segment_key = segments.segment_key
