{#- The latest month against the month before and the same month a year before, of the whole and of each country: sales,
    and profit with its causes. Companies without figures of both months are left out, and so is what lacks a figure
    that the change needs; the sentence says so. Reads `latest` and `sales` of the model. -#}

{%- macro ctes_of_changes() -%}
{%- set comparisons = {'previous year': 12, 'previous month': 1} -%}
{%- set effects = effects_on_profit() -%}
{%- set per_scope = 'metric, compared_with, level, scope' -%}
{%- set both_sides_known = 'having
        count(after) + count(before) > 0
        and (count(after) > 0 or sum(rows_after) = 0)
        and (count(before) > 0 or sum(rows_before) = 0)' -%}
periods as (

    {% for comparison, months in comparisons.items() -%}
    select
        '{{ comparison }}' as compared_with,
        month,
        cast({{ dbt.dateadd('month', -months, 'month') }} as date) as compared_month
    from latest
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- both months of each comparison; a company counts if its figures begin before them and do not end before
compared_sales as (

    select
        periods.compared_with,
        periods.month,
        periods.compared_month,
        sales.month = periods.month as is_after,
        sales.company_begins <= periods.compared_month and sales.company_ends >= periods.month as is_compared,
        sales.country,
        sales.product,
        sales.sales,
        sales.lacks_sales,
        greatest(sales.lacks_profit, sales.lacks_causes) as lacks_profit
    from sales
    inner join periods on sales.month = periods.month or sales.month = periods.compared_month

),

changed_cells as (

    select
        'total_sales' as metric,
        compared_with,
        month,
        compared_month,
        country,
        product,
        sum(case when is_compared and is_after then sales end) as after,
        sum(case when is_compared and not is_after then sales end) as before,
        {% for effect in effects -%}
        cast(null as numeric(18, 4)) as {{ effect }}_effect,
        {% endfor -%}
        sum(case when is_compared and is_after then 1 else 0 end) as rows_after,
        sum(case when is_compared and not is_after then 1 else 0 end) as rows_before,
        sum(case when is_compared then 0 else 1 end) as companies_left_out,
        sum(case when is_compared then lacks_sales else 0 end) as unknown
    from compared_sales
    group by compared_with, month, compared_month, country, product

    union all

    select
        'profit' as metric,
        changes.comparison as compared_with,
        changes.month,
        periods.compared_month,
        changes.country,
        changes.product,
        sum(changes.profit_after) as after,
        sum(changes.profit_before) as before,
        {% for effect in effects -%}
        sum(changes.{{ effect }}_effect) as {{ effect }}_effect,
        {% endfor -%}
        0 as rows_after,
        0 as rows_before,
        0 as companies_left_out,
        0 as unknown
    from {{ ref('mart_profit_change') }} as changes
    inner join periods on changes.comparison = periods.compared_with and changes.month = periods.month
    group by changes.comparison, changes.month, periods.compared_month, changes.country, changes.product

    union all

    -- what mart_profit_change leaves out
    select
        'profit' as metric,
        compared_with,
        month,
        compared_month,
        country,
        product,
        null as after,
        null as before,
        {% for effect in effects -%}
        null as {{ effect }}_effect,
        {% endfor -%}
        0 as rows_after,
        0 as rows_before,
        sum(case when is_compared then 0 else 1 end) as companies_left_out,
        sum(case when is_compared then lacks_profit else 0 end) as unknown
    from compared_sales
    group by compared_with, month, compared_month, country, product

),

scoped_cells as (

    select
        *,
        'total' as level,
        '' as scope
    from changed_cells
    union all
    select
        *,
        'country' as level,
        country as scope
    from changed_cells

),

-- a side without a row is a month without sales: 0, as the figures of its companies span it
changed_scopes as (

    select
        {{ per_scope }},
        month,
        compared_month,
        coalesce(sum(after), 0) as after,
        coalesce(sum(before), 0) as before,
        coalesce(sum(after), 0) - coalesce(sum(before), 0) as change,
        {% for effect in effects -%}
        sum({{ effect }}_effect) as {{ effect }}_effect,
        {% endfor -%}
        sum(companies_left_out) as companies_left_out,
        sum(unknown) as unknown
    from scoped_cells
    group by {{ per_scope }}, month, compared_month
    {{ both_sides_known }}

),

changed_members as (

    {% for member in ['country', 'product'] -%}
    select
        {{ per_scope }},
        '{{ member }}' as dimension,
        {{ member }} as member,
        coalesce(sum(after), 0) - coalesce(sum(before), 0) as change
    from scoped_cells
    {{ "where level = 'total'" if member == 'country' }}
    group by {{ per_scope }}, {{ member }}
    {{ both_sides_known }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

members_of_changes as (

    select
        changed_members.*,
        changed_scopes.change < 0 as is_fall
    from changed_members
    inner join changed_scopes
        on
            changed_members.metric = changed_scopes.metric
            and changed_members.compared_with = changed_scopes.compared_with
            and changed_members.level = changed_scopes.level
            and changed_members.scope = changed_scopes.scope
    where changed_scopes.change <> 0

),

-- the member with the most of the change, where there are several, and no two with as much
placed_members as (

    select
        *,
        count(*) over (partition by {{ per_scope }}, dimension) as members,
        count(*) over (partition by {{ per_scope }}, dimension, change) as members_alike,
        row_number() over (
            partition by {{ per_scope }}, dimension
            order by case when is_fall then -change else change end desc, member asc
        ) as place
    from members_of_changes

),

drivers as (

    select
        {{ per_scope }},
        max(case when dimension = 'country' then member end) as driver_country,
        max(case when dimension = 'country' then change end) as driver_country_change,
        max(case when dimension = 'product' then member end) as driver_product,
        max(case when dimension = 'product' then change end) as driver_product_change
    from placed_members
    where place = 1 and members > 1 and members_alike = 1 and member <> 'Unknown'
    group by {{ per_scope }}

),

explained_changes as (

    select
        changed_scopes.*,
        case when changed_scopes.level = 'country' then changed_scopes.scope end as country,
        drivers.driver_country,
        drivers.driver_country_change,
        drivers.driver_product,
        drivers.driver_product_change,
        {{ share_of('changed_scopes.change', 'changed_scopes.before') }} as change_share,
        greatest(
            {%- for effect in effects %}
            changed_scopes.{{ effect }}_effect{{ ',' if not loop.last }}
            {%- endfor %}
        ) as most_added,
        least(
            {%- for effect in effects %}
            changed_scopes.{{ effect }}_effect{{ ',' if not loop.last }}
            {%- endfor %}
        ) as most_taken
    from changed_scopes
    left join drivers
        on
            changed_scopes.metric = drivers.metric
            and changed_scopes.compared_with = drivers.compared_with
            and changed_scopes.level = drivers.level
            and changed_scopes.scope = drivers.scope
    where changed_scopes.after <> 0 or changed_scopes.before <> 0

),

-- the largest cause in the direction of the change, the largest against it unless it is small, and what is left
worded_changes as (

    select
        *,
        case
            when change > 0 then most_taken <= -0.5 and -20 * most_taken >= most_added
            else most_added >= 0.5 and 20 * most_added >= -most_taken
        end as tells_both
    from explained_changes

),

split_changes as (

    select
        *,
        case
            when metric <> 'profit' then null
            when tells_both then change - most_added - most_taken
            when change > 0 then change - most_added
            else change - most_taken
        end as other_effects
    from worded_changes

),

changes as (

    select
        {{ finding({
            'kind': "'change'",
            'metric': 'metric',
            'compared_with': 'compared_with',
            'country': 'country',
            'month': 'month',
            'period_from': 'month',
            'period_to': 'month',
            'compared_month': 'compared_month',
            'figure': 'after',
            'baseline': 'before',
            'effect': 'change',
            'effect_share': 'change_share',
            'driver_country': 'driver_country',
            'driver_country_change': 'driver_country_change',
            'driver_product': 'driver_product',
            'driver_product_change': 'driver_product_change',
            'volume_effect': "case when metric = 'profit' then volume_effect end",
            'mix_effect': "case when metric = 'profit' then mix_effect end",
            'price_effect': "case when metric = 'profit' then price_effect end",
            'discount_effect': "case when metric = 'profit' then discount_effect end",
            'cost_effect': "case when metric = 'profit' then cost_effect end",
            'other_effects': 'other_effects',
            'most_added': "case when metric = 'profit' then most_added end",
            'most_taken': "case when metric = 'profit' then most_taken end",
            'most_added_name': effect_in_words('most_added'),
            'most_taken_name': effect_in_words('most_taken'),
            'tells_both': 'tells_both',
            'lacks_companies': 'case when companies_left_out > 0 then 1 else 0 end',
            'lacks_figures': 'case when unknown > 0 then 1 else 0 end',
            'trace': 'case when companies_left_out + unknown = 0 then '
                ~ trace_command('metric', {'month': month_to_trace('month'), 'country': 'country'}) ~ ' end',
        }) }}
    from split_changes

),
{%- endmacro %}

{#- `2014-12`. -#}
{% macro month_to_trace(month) -%}
    substr(cast({{ month }} as {{ dbt.type_string() }}), 1, 7)
{%- endmacro %}


{#- The effects of mart_profit_change as a sentence begins with them. Prices and costs are averages: a move between two list
    prices within a segment shows in them, though no price changed. -#}
{% macro effects_on_profit() %}
    {{ return({
        'volume': 'Volume',
        'mix': 'Mix',
        'price': 'Average prices',
        'discount': 'Discounts',
        'cost': 'Average unit costs',
    }) }}
{% endmacro %}

{#- Name of the effect with this amount. -#}
{% macro effect_in_words(amount) -%}
    case
        {%- for effect, name in effects_on_profit().items() %}
        when {{ effect }}_effect = {{ amount }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}
