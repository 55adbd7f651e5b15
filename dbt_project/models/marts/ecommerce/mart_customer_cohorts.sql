-- Grain: month of a customer's first order x month x state of the customer x category of that order.
-- Each cohort has every month from its own to the last of the data, also those in which nobody came back.
-- So a rate that divides by the size of the cohort leaves out cohorts too young for it, and no others.
{{ config(**whole()) }}

with first_orders as (

    -- the unknown customer has no first order, and so no cohort
    select
        customers.customer_key,
        {{ month_start('customers.first_order_date') }} as cohort_month,
        states.state,
        states.state_code,
        states.iso_code,
        states.region,
        categories.category
    from {{ ref('dim_customer') }} as customers
    inner join {{ ref('fct_orders') }} as orders on customers.first_order_id = orders.order_id
    inner join {{ ref('dim_state') }} as states on customers.state_key = states.state_key
    inner join {{ ref('dim_product_category') }} as categories
        on orders.main_category_key = categories.category_key

),

cohorts as (

    select
        cohort_month,
        state,
        state_code,
        iso_code,
        region,
        category,
        count(*) as cohort_customers
    from first_orders
    group by cohort_month, state, state_code, iso_code, region, category

),

-- one row per customer and month, so that a customer counts once in each
customer_months as (

    select
        customer_key,
        {{ month_start('order_date') }} as month,
        count(*) as orders,
        sum(price + freight_value) as revenue
    from {{ ref('fct_orders') }}
    group by customer_key, {{ month_start('order_date') }}

),

activity as (

    select
        first_orders.cohort_month,
        first_orders.state_code,
        first_orders.category,
        customer_months.month,
        count(*) as customers,
        sum(customer_months.orders) as orders,
        sum(customer_months.revenue) as revenue
    from first_orders
    inner join customer_months on first_orders.customer_key = customer_months.customer_key
    group by first_orders.cohort_month, first_orders.state_code, first_orders.category, customer_months.month

),

last_month as (

    select max(month) as month
    from customer_months

)

select
    cohorts.cohort_month,
    dates.date_day as month,
    cast(row_number() over cohort_months - 1 as int) as months_since_first_order,
    cohorts.state,
    cohorts.state_code,
    cohorts.iso_code,
    cohorts.region,
    cohorts.category,
    cohorts.cohort_customers,
    cast(coalesce(activity.customers, 0) as bigint) as customers,
    cast(coalesce(activity.orders, 0) as bigint) as orders,
    cast(coalesce(activity.revenue, 0) as numeric(18, 2)) as revenue
from cohorts
cross join last_month
inner join {{ ref('dim_date') }} as dates
    on dates.date_day between cohorts.cohort_month and last_month.month and dates.day_of_month = 1
left join activity
    on
        cohorts.cohort_month = activity.cohort_month
        and cohorts.state_code = activity.state_code
        and cohorts.category = activity.category
        and dates.date_day = activity.month
where {{ has_changed() }}
window cohort_months as (
    partition by cohorts.cohort_month, cohorts.state_code, cohorts.category
    order by dates.date_day
)
