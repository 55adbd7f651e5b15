select country_key, country_code, country, source_name, region
from {{ ref('countries') }}

union all

select {{ unknown_key() }}, 'ZZZ', 'Unknown', 'Unknown', 'Unknown'
