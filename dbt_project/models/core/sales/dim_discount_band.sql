{{ config(**dimension('discount_band_key')) }}

select
    discount_band_key,
    discount_band,
    sort_order
from {{ ref('discount_bands') }}

union all

select
    {{ unknown_key() }} as discount_band_key,
    'Unknown' as discount_band,
    99 as sort_order
