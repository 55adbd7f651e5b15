-- No row and no real is lost or doubled between staging and the facts, of orders or of their lines.
with totals as (

    {% set pairs = [
        ('stg_olist__orders', 'fct_orders', '0'),
        ('stg_olist__order_items', 'fct_order_items', 'price + freight_value'),
        ('stg_olist__order_payments', 'fct_payments', 'payment_value'),
        ('stg_olist__order_reviews', 'fct_reviews', 'review_score'),
    ] -%}
    {% for staged, fact, amount in pairs -%}
    select
        '{{ fact }}' as fact,
        count(*) as staged_rows,
        cast(coalesce(sum({{ amount }}), 0) as numeric(20, 2)) as staged_amount,
        cast(0 as bigint) as fact_rows,
        cast(0 as numeric(20, 2)) as fact_amount
    from {{ ref(staged) }}
    union all
    select
        '{{ fact }}' as fact,
        cast(0 as bigint) as staged_rows,
        cast(0 as numeric(20, 2)) as staged_amount,
        count(*) as fact_rows,
        cast(coalesce(sum({{ amount }}), 0) as numeric(20, 2)) as fact_amount
    from {{ ref(fact) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    fact,
    sum(staged_rows) as staged_rows,
    sum(fact_rows) as fact_rows,
    sum(staged_amount) as staged_amount,
    sum(fact_amount) as fact_amount
from totals
where {{ any_unpublished() }}
group by fact
having sum(staged_rows) <> sum(fact_rows) or sum(staged_amount) <> sum(fact_amount)
