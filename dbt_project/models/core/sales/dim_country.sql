{{ config(**dimension('country_key')) }}

select
    country_key,
    country_code,
    country,
    source_name,
    region
from {{ ref('countries') }}

union all

select
    {{ unknown_key() }} as country_key,
    'ZZZ' as country_code,
    'Unknown' as country,
    'Unknown' as source_name,
    'Unknown' as region
