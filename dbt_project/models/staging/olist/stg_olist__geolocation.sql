-- Many points to one zip code prefix: never join to it by the prefix alone.
{{ config(**slices(by='zip_code_prefix text', rows_of='olist.geolocation')) }}

with geolocation as (

    {{ current_rows('olist', 'geolocation') }}

)

select
    geolocation.geolocation_zip_code_prefix as zip_code_prefix,
    geolocation.geolocation_lat as latitude,
    geolocation.geolocation_lng as longitude,
    geolocation.geolocation_city as city,
    geolocation.geolocation_state as state_code,
    geolocation._load_id as load_id,
    geolocation._line as file_line
from geolocation
