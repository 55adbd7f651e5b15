-- A payment that comes again replaces the earlier one.
{{ config(**slices(by='order_id text', rows_of='olist.order_payments')) }}

with order_payments as (

    {{ current_rows('olist', 'order_payments') }}

)

select
    order_payments.order_id,
    order_payments.payment_sequential,
    order_payments.payment_type,
    order_payments.payment_installments as installments,
    order_payments.payment_value,
    order_payments._load_id as load_id,
    order_payments._line as file_line
from order_payments
