-- Grain: one row per person. A person has one row per order in customers; the latest says where they live.
{{ config(**whole(key='customer_key', spread=[])) }}

with orders_of_persons as (

    select
        {{ dbt.hash('customers.customer_unique_id') }} as customer_key,
        customers.state_code,
        orders.order_id,
        orders.purchased_at,
        row_number() over (
            partition by customers.customer_unique_id
            order by
                orders.purchased_at asc nulls last,
                orders.order_id asc nulls last,
                customers.customer_id asc
        ) as place_from_first,
        row_number() over (
            partition by customers.customer_unique_id
            order by
                orders.purchased_at desc nulls last,
                orders.order_id desc nulls last,
                customers.customer_id desc
        ) as place_from_latest
    from {{ ref('stg_olist__customers') }} as customers
    left join {{ ref('stg_olist__orders') }} as orders
        on customers.customer_id = orders.customer_id

),

persons as (

    select
        customer_key,
        max(case when place_from_latest = 1 then state_code end) as state_code,
        max(case when place_from_first = 1 then order_id end) as first_order_id,
        max(case when place_from_first = 1 then purchased_at end) as first_purchased_at
    from orders_of_persons
    group by customer_key

)

select
    persons.customer_key,
    coalesce(states.state_key, {{ unknown_key() }}) as state_key,
    persons.first_order_id,
    cast(persons.first_purchased_at as date) as first_order_date
from persons
left join {{ ref('dim_state') }} as states
    on persons.state_code = states.state_code
where {{ has_changed() }}

union all

select
    {{ unknown_key() }} as customer_key,
    {{ unknown_key() }} as state_key,
    cast(null as {{ dbt.type_string() }}) as first_order_id,
    cast(null as date) as first_order_date
where {{ has_changed() }}
