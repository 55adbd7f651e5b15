-- Grain: day x currency. Rates are published per euro: one to the reporting currency is the quotient of two.
{{ config(**whole(
    batches_of='finance.budget_rates', key='exchange_rate_key', spread=[],
    indexes=[{'columns': ['currency', 'rate_day']}]
)) }}

-- depends_on: {{ ref('dim_date') }}
-- depends_on: {{ ref('stg_finance__budget_rates') }}
-- depends_on: {{ ref('int_exchange_rates') }}
with
{% if exchange_rates_by() == 'day' -%}
followed as (

    select
        rate_date,
        currency,
        units_per_euro,
        lead(rate_date) over (partition by currency order by rate_date) as next_date
    from {{ ref('int_exchange_rates') }}

),

later as (

    {% for days in range(exchange_rate_days() + 1) -%}
    select {{ days }} as days {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- a day without a rate takes that of the day before, as long as it holds
rates as (

    select
        cast({{ dbt.dateadd('day', 'later.days', 'followed.rate_date') }} as date) as rate_day,
        followed.currency,
        followed.units_per_euro,
        followed.rate_date as published_on
    from followed
    cross join later
    where
        later.days = 0
        or followed.next_date is null
        or later.days < {{ dbt.datediff('followed.rate_date', 'followed.next_date', 'day') }}

),

{% else -%}
periods as (

    {% if exchange_rates_by() == 'month' -%}
    select
        {{ month_start('rate_date') }} as month,
        currency,
        round(avg(units_per_euro), 8) as units_per_euro
    from {{ ref('int_exchange_rates') }}
    group by {{ month_start('rate_date') }}, currency
    {% else -%}
    select
        months.month,
        budget.currency,
        budget.units_per_euro,
        row_number() over (
            partition by months.month, budget.currency order by length(budget.period) desc
        ) as place
    from (select distinct month from {{ ref('dim_date') }}) as months
    inner join (
        select period, currency, units_per_euro
        from {{ ref('stg_finance__budget_rates') }}
        where currency <> 'EUR'
        union all
        select distinct period, 'EUR' as currency, 1 as units_per_euro
        from {{ ref('stg_finance__budget_rates') }}
    ) as budget
        on cast(months.month as {{ dbt.type_string() }}) like budget.period || '-%'
    {% endif %}

),

rates as (

    select
        days.date_day as rate_day,
        periods.currency,
        periods.units_per_euro,
        cast(null as date) as published_on
    from periods
    inner join {{ ref('dim_date') }} as days on periods.month = days.month
    {% if exchange_rates_by() == 'budget' -%}
    where periods.place = 1
    {% endif %}

),

{% endif -%}
reporting as (

    select
        rate_day,
        units_per_euro
    from rates
    where currency = '{{ reporting_currency() }}'

)

select
    {{ dbt.concat(["cast(rates.rate_day as " ~ dbt.type_string() ~ ")", "' '", "rates.currency"]) }}
        as exchange_rate_key,
    rates.rate_day,
    rates.currency,
    rates.published_on,
    cast(rates.units_per_euro as numeric(18, 8)) as units_per_euro,
    {{ rate_of('rates.units_per_euro', 'reporting.units_per_euro') }} as rate
from rates
inner join reporting on rates.rate_day = reporting.rate_day
where {{ has_changed() }}
