-- An order's totals are those of its lines, order by order. Lines are stacked here, not joined.
with lines as (

    select
        order_id,
        1 as items,
        price,
        freight_value,
        0 as payments,
        0 as payment_value,
        0 as reviews,
        0 as review_score
    from {{ ref('fct_order_items') }}
    union all
    select
        order_id,
        0 as items,
        0 as price,
        0 as freight_value,
        1 as payments,
        payment_value,
        0 as reviews,
        0 as review_score
    from {{ ref('fct_payments') }}
    union all
    select
        order_id,
        0 as items,
        0 as price,
        0 as freight_value,
        0 as payments,
        0 as payment_value,
        1 as reviews,
        review_score
    from {{ ref('fct_reviews') }}

),

line_totals as (

    select
        order_id,
        sum(items) as items,
        cast(sum(price) as numeric(14, 2)) as price,
        cast(sum(freight_value) as numeric(14, 2)) as freight_value,
        sum(payments) as payments,
        cast(sum(payment_value) as numeric(14, 2)) as payment_value,
        sum(reviews) as reviews,
        sum(review_score) as review_score_sum
    from lines
    group by order_id

)

select orders.order_id
from {{ ref('fct_orders') }} as orders
left join line_totals on orders.order_id = line_totals.order_id
where
    {{ any_unpublished() }}
    and (
        orders.items <> coalesce(line_totals.items, 0)
        or orders.price <> coalesce(line_totals.price, 0)
        or orders.freight_value <> coalesce(line_totals.freight_value, 0)
        or orders.payments <> coalesce(line_totals.payments, 0)
        or orders.payment_value <> coalesce(line_totals.payment_value, 0)
        or orders.reviews <> coalesce(line_totals.reviews, 0)
        or orders.review_score_sum <> coalesce(line_totals.review_score_sum, 0)
    )
