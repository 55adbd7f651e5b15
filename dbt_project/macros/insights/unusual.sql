{#- Figures of the latest month outside the 95% interval that was forecast before they were known, by at least
    `insight_minimum_effect`. Of several forecasts of a month the one that knew most counts. As the latest run saw the figure,
    it tells sample data from a company's own; if the published figure is another one by now, nothing is said until there
    is a new run. Reads `latest` and `sales` of the model. -#}
{%- macro ctes_of_unusual() -%}
{%- set levels = {
    'total': [], 'country': ['country'], 'segment': ['segment'], 'product': ['product'],
    'country x segment': ['country', 'segment'],
} -%}
latest_figures as (

    {% for level, columns in levels.items() -%}
    select
        '{{ level }}' as level,
        {% for column in ['country', 'segment', 'product'] -%}
        {{ 'sales.' ~ column if column in columns else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ column }},
        {% endfor -%}
        sum(case when sales.month = latest.month then sales.sales end) as total_sales,
        sum(case when sales.month = latest.month then sales.profit end) as profit,
        max(case when sales.month = latest.month then sales.lacks_sales else 0 end) as lacks_sales,
        max(case when sales.month = latest.month then sales.lacks_profit else 0 end) as lacks_profit,
        max(case when sales.company_ends < latest.month then sales.company_ends end) as company_ends
    from sales
    cross join latest
    {%- if columns %}
    group by sales.{{ columns | join(', sales.') }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

keyed_figures as (

    select
        level,
        {{ series_key() }} as series_key,
        total_sales,
        profit,
        lacks_sales,
        lacks_profit,
        company_ends
    from latest_figures

),

latest_forecasts as (

    select
        forecasts.*,
        {{ series_key() }} as series_key
    from {{ ref('fct_forecast') }} as forecasts
    inner join latest on forecasts.month = latest.month
    where forecasts.metric in ('total_sales', 'profit')

),

expected as (

    select
        *,
        row_number() over (
            partition by metric, is_sample, level, series_key
            order by known_to desc, run_id desc
        ) as place
    from latest_forecasts
    where kind = 'forecast' and known_to < month

),

judged_figures as (

    select
        expected.metric,
        expected.level,
        expected.country,
        expected.segment,
        expected.product,
        expected.month,
        expected.known_to,
        expected.forecast,
        expected.lower_95,
        expected.upper_95,
        seen.actual,
        case
            when expected.metric = 'profit' then coalesce(keyed_figures.lacks_profit, 0)
            else coalesce(keyed_figures.lacks_sales, 0)
        end as lacks_figures,
        -- a company that the forecast knew, and whose figures end before the month
        case when keyed_figures.company_ends >= expected.known_to then 1 else 0 end as lacks_companies,
        coalesce(
            case when expected.metric = 'profit' then keyed_figures.profit else keyed_figures.total_sales end, 0
        ) as published
    from expected
    inner join latest_forecasts as seen
        on
            expected.metric = seen.metric
            and expected.is_sample = seen.is_sample
            and expected.level = seen.level
            and expected.series_key = seen.series_key
    left join keyed_figures
        on expected.level = keyed_figures.level and expected.series_key = keyed_figures.series_key
    where
        expected.place = 1
        and seen.kind = 'actual'
        and seen.is_latest
        and seen.history_to = seen.month

),

unusual as (

    select
        *,
        actual - forecast as change,
        {{ share_of('actual - forecast', 'forecast') }} as change_share
    from judged_figures
    where
        published = actual
        and (actual < lower_95 or actual > upper_95)
        and abs(actual - forecast) >= {{ var('insight_minimum_effect') }}

),

unusual_figures as (

    select
        {{ finding({
            'kind': "'unusual'",
            'metric': 'metric',
            'compared_with': "'forecast'",
            'country': 'country',
            'segment': 'segment',
            'product': 'product',
            'month': 'month',
            'period_from': 'month',
            'period_to': 'month',
            'known_to': 'known_to',
            'figure': 'actual',
            'baseline': 'forecast',
            'effect': 'change',
            'effect_share': 'change_share',
            'forecast': 'forecast',
            'lower_bound': 'lower_95',
            'upper_bound': 'upper_95',
            'interval_percent': '95',
            'lacks_companies': 'lacks_companies',
            'lacks_figures': 'lacks_figures',
            'trace': trace_command('metric', {
                'month': month_to_trace('month'), 'country': 'country', 'segment': 'segment', 'product': 'product',
            }),
        }) }}
    from unusual

),
{%- endmacro %}
