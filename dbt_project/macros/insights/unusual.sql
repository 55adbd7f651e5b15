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
            'is_partial': 'lacks_figures + lacks_companies > 0',
            'sentence': sentence_of_unusual(),
            'trace': trace_command('metric', {
                'month': month_to_trace('month'), 'country': 'country', 'segment': 'segment', 'product': 'product',
            }),
        }) }}
    from unusual

),
{%- endmacro %}

{#- `Sales of Paseo in December 2014 were $4.1M, unusually high: figures to November 2014 had pointed to $2.1M, with a 95%
    interval from $1.0M to $3.2M.` -#}
{% macro sentence_of_unusual() -%}
    case when metric = 'profit' and actual <= -0.5 then 'The loss' when metric = 'profit' then 'Profit' else 'Sales' end
    || {{ subject_in_words('country', 'segment', 'product', "metric = 'profit'") }}
    || ' in ' || {{ month_in_words('month') }}
    || case when metric = 'profit' then ' was ' else ' were ' end
    || case
        when actual = 0 then 'zero'
        when metric = 'profit' then {{ money_in_words('abs(actual)') }}
        else {{ money_in_words('actual') }}
    end
    || ', unusually ' || case
        when metric = 'profit' and actual <= -0.5 and change > 0 then 'small'
        when change > 0 or (metric = 'profit' and actual <= -0.5) then 'high'
        else 'low'
    end
    || ': figures to ' || {{ month_in_words('known_to') }} || ' had pointed to '
    || case
        when metric = 'profit' and forecast <= -0.5 then 'a loss of ' || {{ money_in_words('abs(forecast)') }}
        else {{ money_in_words('forecast') }}
    end
    || ', with a 95% interval ' || case
        when metric = 'total_sales' and lower_95 <= 0 then 'up to '
        else 'from ' || {{ money_in_words('lower_95') }} || ' to '
    end
    || {{ money_in_words('upper_95') }} || '.'
    || case when lacks_companies > 0 then ' A company without figures of the month is not in it.' else '' end
    || case
        when lacks_figures = 0 then ''
        when metric = 'profit' then ' Sales without a known profit are not in it.'
        else ' Sales without an exchange rate are not in it.'
    end
{%- endmacro %}
