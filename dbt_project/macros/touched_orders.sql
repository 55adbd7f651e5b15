{#- How facts of orders follow staging: everything of an order is rebuilt when any part of it changed, so that its
    day, state and categories are the same in all of them. -#}
{% macro touched_orders() %}
    {%- set items = 'stg_olist__order_items' -%}
    {{ return({
        'stg_olist__orders': same(),
        'stg_olist__order_items': same(),
        'stg_olist__order_payments': same(),
        'stg_olist__order_reviews': same(),
        'stg_olist__customers': rows_of_changed('stg_olist__orders', key='customer_id', slice='order_id'),
        'stg_olist__products': rows_of_changed(items, key='product_id', slice='order_id'),
        'dim_seller': rows_of_changed(items, key='seller_id', slice='order_id'),
        'dim_product_category': nothing(),
        'fct_order_items': nothing(),
        'fct_orders': nothing(),
    }) }}
{% endmacro %}
