-- Grain: month of purchase x state of the customer x main category of the order x order status x payment type
-- x instalments.
{{ config(**slices(by='month date', follows={'fct_payments': month_of()})) }}

select
    {{ month_start('payments.order_date') }} as month,
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    payments.order_status,
    payment_types.payment_type,
    payments.installments,
    count(*) as payments,
    cast(sum(payments.payment_value) as numeric(18, 2)) as payment_value
from {{ ref('fct_payments') }} as payments
inner join {{ ref('dim_state') }} as states on payments.customer_state_key = states.state_key
inner join {{ ref('dim_product_category') }} as categories
    on payments.main_category_key = categories.category_key
inner join {{ ref('dim_payment_type') }} as payment_types
    on payments.payment_type_key = payment_types.payment_type_key
where {{ is_in_touched_month('payments.order_date') }}
group by
    {{ month_start('payments.order_date') }},
    states.state,
    states.state_code,
    states.iso_code,
    states.region,
    categories.category,
    payments.order_status,
    payment_types.payment_type,
    payments.installments
