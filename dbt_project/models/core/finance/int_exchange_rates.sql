-- Grain: working day x currency with a rate. From one column per currency to one row, and the euro itself.
{{ config(**whole(batches_of='finance.exchange_rates')) }}

with days as (

    select * from {{ ref('stg_finance__exchange_rates') }}
    where {{ has_changed() }}

),

rates as (

    {% for name in published_currencies() -%}
    select
        rate_date,
        '{{ name | upper }}' as currency,
        {{ name }} as units_per_euro
    from days
    where {{ name }} is not null
    union all
    {% endfor -%}
    select
        rate_date,
        'EUR' as currency,
        1 as units_per_euro
    from days

)

select
    rate_date,
    currency,
    cast(units_per_euro as numeric(18, 6)) as units_per_euro
from rates
