-- One row the customer of one order, not a person.
{{ config(**slices(by='customer_id text', rows_of='olist.customers')) }}

with customers as (

    {{ current_rows('olist', 'customers') }}

)

select
    customers.customer_id,
    customers.customer_unique_id,
    customers.customer_zip_code_prefix as zip_code_prefix,
    customers.customer_city as city,
    customers.customer_state as state_code,
    customers._load_id as load_id,
    customers._line as file_line
from customers
