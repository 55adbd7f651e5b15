select discount_band_key, discount_band, sort_order
from {{ ref('discount_bands') }}

union all

select {{ unknown_key() }}, 'Unknown', 99
