{#- How facts of orders follow staging: everything of an order is built anew when any part of it changed, so that its
    day, state and categories are the same in all of them. -#}
{% macro touched_orders() %}
    {%- set of_customer = 'select orders.order_id as slice from {stg_olist__orders} as orders
        where orders.customer_id in {changes}' -%}
    {%- set of_item = 'select items.order_id as slice from {stg_olist__order_items} as items where items.' -%}
    {{ return({
        'stg_olist__orders': 'slice',
        'stg_olist__order_items': 'slice',
        'stg_olist__order_payments': 'slice',
        'stg_olist__order_reviews': 'slice',
        'stg_olist__customers': of_customer,
        'stg_olist__products': of_item ~ 'product_id in {changes}',
        'dim_seller': of_item ~ 'seller_id in {changes}',
        'dim_product_category': none,
        'fct_order_items': none,
        'fct_orders': none,
    }) }}
{% endmacro %}
