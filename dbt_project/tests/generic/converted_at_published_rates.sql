{#- Amounts of each day, source and currency are those in the lines' currency at the rate that was published for the day.
    The rate is found here by another way than in fct_exchange_rate: from the published rates alone. A line is rounded to
    four decimals, so that a sum may differ by half of the last one per line. -#}
{% test converted_at_published_rates(model) %}
{%- set half_a_digit = '0.00005' %}
with days as (

    select
        day,
        source,
        {{ currency_of("nullif(currency, 'unknown')") }} as currency,
        sum(sales) as sales,
        sum(local_sales) as local_sales,
        sum(profit) as profit,
        sum(local_profit) as local_profit,
        sum(lines_without_rate) as lines_without_rate,
        sum(sales_lines) as sales_lines
    from {{ model }}
    group by day, source, currency

),

wanted as (

    select
        day,
        currency
    from days
    union distinct
    select
        day,
        '{{ reporting_currency() }}' as currency
    from days

),

published as (

    {% if exchange_rates_by() == 'budget' -%}
    select
        wanted.day,
        wanted.currency,
        coalesce(
            max(case when length(budget.period) = 7 then budget.units_per_euro end), max(budget.units_per_euro)
        ) as units_per_euro
    from wanted
    inner join (
        select period, currency, units_per_euro from {{ ref('stg_finance__budget_rates') }}
        where currency <> 'EUR'
        union all
        select distinct period, 'EUR', 1 from {{ ref('stg_finance__budget_rates') }}
    ) as budget
        on
            wanted.currency = budget.currency
            and budget.period in (to_char(wanted.day, 'YYYY-MM'), to_char(wanted.day, 'YYYY'))
    group by wanted.day, wanted.currency
    {%- elif exchange_rates_by() == 'month' -%}
    select
        wanted.day,
        wanted.currency,
        round(avg(rates.units_per_euro), 8) as units_per_euro
    from (select distinct date_trunc('month', day) as month, currency from wanted) as months
    inner join {{ ref('int_exchange_rates') }} as rates
        on months.currency = rates.currency and months.month = date_trunc('month', rates.rate_date)
    inner join wanted on months.currency = wanted.currency and months.month = date_trunc('month', wanted.day)
    group by wanted.day, wanted.currency
    {%- else -%}
    select distinct on (wanted.day, wanted.currency)
        wanted.day,
        wanted.currency,
        rates.units_per_euro
    from wanted
    cross join (
        {% for days in range(exchange_rate_days() + 1) -%}
        select {{ days }} as days_ago {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as earlier
    inner join {{ ref('int_exchange_rates') }} as rates
        on wanted.currency = rates.currency and wanted.day - earlier.days_ago = rates.rate_date
    order by wanted.day asc, wanted.currency asc, rates.rate_date desc
    {%- endif %}

),

-- depends_on: {{ ref('int_exchange_rates') }}
-- depends_on: {{ ref('stg_finance__budget_rates') }}
expected as (

    select
        days.*,
        case
            when days.currency = '{{ reporting_currency() }}' then 1
            else reporting.units_per_euro / own.units_per_euro
        end as rate
    from days
    left join published as own on days.day = own.day and days.currency = own.currency
    left join published as reporting
        on days.day = reporting.day and reporting.currency = '{{ reporting_currency() }}'

)

select
    *,
    local_sales * rate as expected_sales
from expected
where
    -- at a rate like this, an amount may be too large to convert
    (lines_without_rate > 0) <> (rate is null) and coalesce(rate, 0) < 10
    or abs(sales - local_sales * rate) > {{ half_a_digit }} * sales_lines + abs(local_sales) * 1e-12
    or abs(profit - local_profit * rate) > {{ half_a_digit }} * sales_lines + abs(local_profit) * 1e-12
    or sales is null and lines_without_rate = 0
{% endtest %}
