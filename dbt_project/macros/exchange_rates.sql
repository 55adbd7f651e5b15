{#- Conversion to the reporting currency; docs/currencies.md. The settings come from `.env`, else from the variables of
    the project. -#}
{% macro reporting_currency() %}
    {{ return(env_var('REPORTING_CURRENCY', '') or var('reporting_currency')) }}
{% endmacro %}

{#- Which rate converts an amount: that of its `day`, the average of its `month`, or the company's own `budget`. -#}
{% macro exchange_rates_by() %}
    {{ return(env_var('EXCHANGE_RATES', '') or var('exchange_rates')) }}
{% endmacro %}

{#- For how many days after its own a rate holds where none was published. -#}
{% macro exchange_rate_days() %}
    {{ return((env_var('EXCHANGE_RATE_DAYS', '') or var('exchange_rate_days')) | int) }}
{% endmacro %}

{#- Year or month, as 2024 or 2024-03, whose average rates are the constant ones; empty where there are none. -#}
{% macro constant_rates_of() %}
    {{ return(env_var('CONSTANT_RATES_OF', '') or var('constant_rates_of') | string) }}
{% endmacro %}

{#- Currency of lines that name none: a code, or empty for an unknown one, whose amounts are then missing. -#}
{% macro assumed_currency() %}
    {%- set named = env_var('ASSUMED_CURRENCY', '') or var('assumed_currency') -%}
    {{ return({'reporting': reporting_currency(), 'none': ''}.get(named, named)) }}
{% endmacro %}

{#- Currency that a line's amounts are converted from. -#}
{% macro currency_of(currency) -%}
    {{ 'coalesce(' ~ currency ~ ", '" ~ assumed_currency() ~ "')" if assumed_currency() else currency }}
{%- endmacro %}

{#- Columns of the raw table of rates, one per currency: the contract decides which there are. -#}
{% macro published_currencies() %}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for name in graph.sources['source.tradewind.finance.exchange_rates'].columns
            if name != 'rate_date' and not name.startswith('_') -%}
            {%- do names.append(name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names or ['usd']) }}
{% endmacro %}

{#- Joins the rates to rows that have a currency and a day; `converted` and `converted_at_constant_rates` read them. Each
    matches one row at most. -#}
{% macro join_exchange_rates(currency, day) -%}
left join {{ ref('fct_exchange_rate') }} as exchange_rates
    on {{ currency }} = exchange_rates.currency and {{ day }} = exchange_rates.rate_day
left join {{ ref('fct_constant_rate') }} as constant_rates
    on {{ currency }} = constant_rates.currency
{%- endmacro %}

{#- How a model of days follows `fct_exchange_rate`: a changed rate touches its day. -#}
{% macro day_of_rate() %}
    {{ return("cast(split_part(slice, ' ', 1) as date)") }}
{% endmacro %}

{#- What a unit of a currency is worth in the reporting currency, both given as units per euro, to 18 decimals. Rounded to
    20 first, the most that Spark keeps in this division. -#}
{% macro rate_of(units_per_euro, reporting_units_per_euro) -%}
    cast(
        round({{ adapter.dispatch('quotient', 'tradewind')(reporting_units_per_euro, units_per_euro) }}, 18)
        as numeric(38, 18)
    )
{%- endmacro %}

{% macro default__quotient(units, other_units) -%}
    round(cast({{ units }} as numeric(38, 28)) / {{ other_units }}, 20)
{%- endmacro %}

{#- With these types Spark's quotient has 20 decimals. -#}
{% macro spark__quotient(units, other_units) -%}
    cast({{ units }} as numeric(18, 8)) / cast({{ other_units }} as numeric(18, 8))
{%- endmacro %}

{#- An amount of a row in the reporting currency, rounded to four decimals, half away from zero; null where its currency
    has no rate on that day, or is not known, and where it would be too large to add up. An amount in the reporting
    currency is itself. -#}
{% macro converted(amount, currency) -%}
    {{ converted_at('exchange_rates.rate', amount, currency) }}
{%- endmacro %}

{#- The same at the rates of the base period, whatever its day; null without a base period. -#}
{% macro converted_at_constant_rates(amount, currency) -%}
    {%- if constant_rates_of() -%}
    {{ converted_at('constant_rates.rate', amount, currency) }}
    {%- else -%}
    cast(null as numeric(18, 4))
    {%- endif -%}
{%- endmacro %}

{% macro converted_at(rate, amount, currency) -%}
    cast(
        case
            when {{ currency }} = '{{ reporting_currency() }}' then {{ amount }}
            -- a line's amount is below 10^12 (tradewind/mapping/limits.py), and a sum below 10^14
            when {{ rate }} < 10 or abs({{ amount }} * {{ rate }}) < 10000000000000 then {{ at_rate(amount, rate) }}
        end as numeric(18, 4)
    )
{%- endmacro %}

{#- An amount at a rate, rounded to four decimals. -#}
{% macro at_rate(amount, rate) -%}
    {{ adapter.dispatch('at_rate', 'tradewind')(amount, rate) }}
{%- endmacro %}

{% macro default__at_rate(amount, rate) -%}
    round({{ amount }} * {{ rate }}, 4)
{%- endmacro %}

{#- Spark's numbers have 38 digits, and it rounds a product that needs more: the rate is split into two. -#}
{% macro spark__at_rate(amount, rate) -%}
    cast({{ amount }} as numeric(18, 4)) * cast(floor({{ rate }}) as numeric(19, 0))
    + round(cast({{ amount }} as numeric(18, 4)) * mod({{ rate }}, 1), 4)
{%- endmacro %}
