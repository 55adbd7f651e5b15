-- Grain: one row per payment of an order. A payment without its order has no day: it gets the
-- first of the calendar, so that it is kept, and recognisable.
{{ config(**slices(by='order_id text', log='order_date date', follows=touched_orders())) }}

select
    payments.order_id,
    payments.payment_sequential,
    coalesce(orders.order_date, cast('{{ var("calendar_start") }}' as date)) as order_date,
    coalesce(orders.order_status, {{ unknown_key() }}) as order_status,
    coalesce(orders.customer_state_key, {{ unknown_key() }}) as customer_state_key,
    coalesce(orders.main_category_key, {{ unknown_key() }}) as main_category_key,
    coalesce(payment_types.payment_type_key, {{ unknown_key() }}) as payment_type_key,
    payments.installments,
    payments.payment_value,
    payments.load_id,
    payments.file_line
from {{ ref('stg_olist__order_payments') }} as payments
left join {{ ref('fct_orders') }} as orders
    on payments.order_id = orders.order_id
left join {{ ref('dim_payment_type') }} as payment_types
    on payments.payment_type = payment_types.payment_type_key
where {{ is_touched('payments.order_id') }}
