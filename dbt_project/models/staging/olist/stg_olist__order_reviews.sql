-- Texts that customers wrote stop here: no later model reads them.
{{ config(**slices(by='review_id text', log='order_id text', rows_of='olist.order_reviews')) }}

with order_reviews as (

    {{ current_rows('olist', 'order_reviews') }}

)

select
    order_reviews.review_id,
    order_reviews.order_id,
    order_reviews.review_score,
    order_reviews.review_comment_title as comment_title,
    order_reviews.review_comment_message as comment_message,
    cast(order_reviews.review_creation_date as date) as created_on,
    order_reviews.review_answer_timestamp as answered_at,
    order_reviews._load_id as load_id,
    order_reviews._line as file_line
from order_reviews
