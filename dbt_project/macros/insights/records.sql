{#- Sales of the latest month that are higher than those of every month before, of the whole and of each country; from the month in
    which the figures of all its companies have begun, and that a year ago at least. Reads `latest` and `sales` of the model. -#}
{%- macro ctes_of_records() -%}
sold_months as (

    {% for level in ['total', 'country'] -%}
    select
        '{{ level }}' as level,
        {{ "''" if level == 'total' else 'country' }} as scope,
        month,
        sum(sales) as sales,
        max(lacks_sales) as lacks_sales
    from sales
    group by month{{ ', country' if level == 'country' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

sold_scopes as (

    {% for level in ['total', 'country'] -%}
    select
        '{{ level }}' as level,
        {{ "''" if level == 'total' else 'country' }} as scope,
        max(company_begins) as begins
    from sales
    {{ 'group by country' if level == 'country' }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

placed_months as (

    select
        sold_months.level,
        sold_months.scope,
        sold_months.month,
        sold_months.sales,
        sold_scopes.begins,
        max(sold_months.lacks_sales) over (partition by sold_months.level, sold_months.scope) as lacks_sales,
        row_number() over (
            partition by sold_months.level, sold_months.scope
            order by sold_months.sales desc nulls last, sold_months.month asc
        ) as place
    from sold_months
    inner join sold_scopes on sold_months.level = sold_scopes.level and sold_months.scope = sold_scopes.scope
    where sold_months.month >= sold_scopes.begins

),

highest as (

    select
        best.month,
        case when best.level = 'country' then best.scope end as country,
        best.begins,
        best.sales,
        second.month as second_month,
        second.sales as second_sales,
        best.sales - second.sales as change,
        {{ share_of('best.sales - second.sales', 'second.sales') }} as change_share
    from placed_months as best
    inner join latest on best.month = latest.month
    inner join placed_months as second on best.level = second.level and best.scope = second.scope
    where
        best.place = 1
        and second.place = 2
        and best.sales > second.sales
        and best.lacks_sales = 0
        and best.begins <= {{ dbt.dateadd('month', -12, 'latest.month') }}

),

records as (

    select
        {{ finding({
            'kind': "'record'",
            'metric': "'total_sales'",
            'compared_with': "'record before'",
            'country': 'country',
            'month': 'month',
            'period_from': 'begins',
            'period_to': 'month',
            'compared_month': 'second_month',
            'figure': 'sales',
            'baseline': 'second_sales',
            'effect': 'change',
            'effect_share': 'change_share',
            'trace': trace_command("'total_sales'", {'month': month_to_trace('month'), 'country': 'country'}),
        }) }}
    from highest

),
{%- endmacro %}
