{{ config(**dimension('state_key')) }}

select
    lower(state_code) as state_key,
    state_code,
    {{ dbt.concat(["'BR-'", "state_code"]) }} as iso_code,
    state,
    region
from {{ ref('brazilian_states') }}

union all

select
    {{ unknown_key() }} as state_key,
    'ZZ' as state_code,
    'BR-ZZ' as iso_code,
    'Unknown' as state,
    'Unknown' as region
