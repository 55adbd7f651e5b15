-- Grain: currency. Average rates of the base period, at which all periods can be compared; none without one.
{{ config(**whole()) }}

with averages as (

    select
        currency,
        round(avg(units_per_euro), 8) as units_per_euro
    from {{ ref('int_exchange_rates') }}
    where cast(rate_date as {{ dbt.type_string() }}) like '{{ constant_rates_of() or 'none' }}-%'
    group by currency

),

reporting as (

    select units_per_euro
    from averages
    where currency = '{{ reporting_currency() }}'

)

select
    averages.currency,
    cast(averages.units_per_euro as numeric(18, 8)) as units_per_euro,
    {{ rate_of('averages.units_per_euro', 'reporting.units_per_euro') }} as rate
from averages
cross join reporting
where {{ has_changed() }}
