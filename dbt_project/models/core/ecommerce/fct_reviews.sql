-- Grain: one row per review of an order. Without what the customer wrote: that is personal.
{{ config(**slices(by='order_id text', log='order_date date', follows=touched_orders())) }}

select
    reviews.review_id,
    reviews.order_id,
    -- a review without its order still gets a day: that on which the customer was asked
    coalesce(orders.order_date, reviews.created_on) as order_date,
    reviews.review_score,
    reviews.created_on,
    reviews.answered_at,
    reviews.load_id,
    reviews.file_line
from {{ ref('stg_olist__order_reviews') }} as reviews
left join {{ ref('fct_orders') }} as orders
    on reviews.order_id = orders.order_id
where {{ is_touched('reviews.order_id') }}
