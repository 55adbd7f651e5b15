-- A seller that comes again replaces the earlier one.
{{ config(**slices(by='seller_id text', rows_of='olist.sellers')) }}

with sellers as (

    {{ current_rows('olist', 'sellers') }}

)

select
    sellers.seller_id,
    sellers.seller_zip_code_prefix as zip_code_prefix,
    sellers.seller_city as city,
    sellers.seller_state as state_code,
    sellers._load_id as load_id,
    sellers._line as file_line
from sellers
