{#- Products and countries that sold for the first time in the latest month, or did not sell after they had sold in each of
    the three months before; of at least `insight_minimum_effect`. Companies whose figures begin within these months or
    end before the latest are no news of their products. Reads `latest`, `sellers` and `sales` of the model. -#}
{%- macro ctes_of_new_and_gone() -%}
{%- set subjects = [['country'], ['product'], ['country', 'product']] -%}
sold_subjects as (

    {% for columns in subjects -%}
    select
        {% for column in ['country', 'product'] -%}
        {{ 'sales.' ~ column if column in columns else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ column }},
        {% endfor -%}
        latest.month,
        min(sales.month) as first_month,
        max(sales.month) as last_month,
        max(sales.company_begins) as companies_begin,
        min(
            case when sales.month >= {{ dbt.dateadd('month', -3, 'latest.month') }} then sales.company_ends end
        ) as companies_end,
        count(distinct case
            when sales.month >= {{ dbt.dateadd('month', -3, 'latest.month') }} and sales.month < latest.month
                then sales.month
        end) as months_before,
        sum(case when sales.month = latest.month then sales.sales end) as latest_sales,
        sum(
            case
                when sales.month >= {{ dbt.dateadd('month', -3, 'latest.month') }} and sales.month < latest.month
                    then sales.sales
            end
        ) as sales_before,
        sum(case when sales.month >= {{ dbt.dateadd('month', -3, 'latest.month') }} then sales.lacks_sales else 0 end)
            as unknown
    from sales
    cross join latest
    where {{ columns | map('replace', 'country', "sales.country <> 'Unknown'")
        | map('replace', 'product', "sales.product <> 'Unknown'") | join(' and ') }}
    group by {% for column in columns %}sales.{{ column }}, {% endfor %}latest.month
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

data_begin as (

    select min(first_month) as first_month from sellers

),

news as (

    select
        'new' as kind,
        sold_subjects.country,
        sold_subjects.product,
        sold_subjects.month,
        data_begin.first_month as figures_begin,
        sold_subjects.latest_sales as figure,
        cast(null as numeric(20, 4)) as monthly_before,
        sold_subjects.latest_sales as change,
        sold_subjects.unknown > 0 as is_partial
    from sold_subjects
    cross join data_begin
    where
        sold_subjects.first_month = sold_subjects.month
        and sold_subjects.companies_begin <= {{ dbt.dateadd('month', -3, 'sold_subjects.month') }}
        and abs(sold_subjects.latest_sales) >= {{ var('insight_minimum_effect') }}

    union all

    select
        'gone' as kind,
        country,
        product,
        month,
        cast(null as date) as figures_begin,
        0 as figure,
        cast(sales_before / 3 as numeric(20, 4)) as monthly_before,
        cast(-sales_before / 3 as numeric(20, 4)) as change,
        unknown > 0 as is_partial
    from sold_subjects
    where
        last_month < month
        and months_before = 3
        and companies_end >= month
        and sales_before / 3 >= {{ var('insight_minimum_effect') }}

),

new_and_gone as (

    select
        {{ finding({
            'kind': 'kind',
            'metric': "'total_sales'",
            'compared_with': "case when kind = 'new' then 'all months before' else 'three months before' end",
            'country': 'country',
            'product': 'product',
            'month': 'month',
            'period_from': 'month',
            'period_to': 'month',
            'compared_month': 'figures_begin',
            'figure': 'figure',
            'baseline': "case when kind = 'new' then 0 else monthly_before end",
            'effect': 'change',
            'effect_share': "case when kind = 'gone' then -1 end",
            'lacks_figures': 'case when is_partial then 1 else 0 end',
            'trace': "case when kind = 'new' and not is_partial then " ~ trace_command(
                "'total_sales'", {'month': month_to_trace('month'), 'country': 'country', 'product': 'product'}
            ) ~ " end",
        }) }}
    from news

),
{%- endmacro %}
