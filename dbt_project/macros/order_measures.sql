{#- The additive measures of orders with their types, so that day and month add up the same columns. -#}
{% macro order_measures() -%}
    {{ return({
        'orders': 'bigint',
        'orders_with_items': 'bigint',
        'paid_orders': 'bigint',
        'items': 'bigint',
        'price': 'numeric(18, 2)',
        'freight_value': 'numeric(18, 2)',
        'revenue': 'numeric(18, 2)',
        'payments': 'bigint',
        'payment_value': 'numeric(18, 2)',
        'delivered_orders': 'bigint',
        'on_time_orders': 'bigint',
        'late_orders': 'bigint',
        'late_days': 'bigint',
        'delivery_days': 'bigint',
        'reviews': 'bigint',
        'review_score_sum': 'bigint',
        'new_customer_orders': 'bigint',
        'returning_customer_orders': 'bigint',
    }) }}
{%- endmacro %}

{#- The measures whose growth is followed; mart_ecommerce_trend holds each of them three times. -#}
{% macro order_trend_measures() -%}
    {%- set types = order_measures() -%}
    {%- set chosen = {} -%}
    {%- for name in ['orders', 'price', 'revenue', 'new_customer_orders', 'returning_customer_orders'] -%}
        {%- do chosen.update({name: types[name]}) -%}
    {%- endfor -%}
    {{ return(chosen) }}
{%- endmacro %}

{#- Each measure added up, as columns of a select; `sums` names what to add where that is not the measure itself. -#}
{% macro added_up(measures, sums={}) -%}
    {%- for measure, type in measures.items() %}
    cast(sum({{ sums.get(measure, measure) }}) as {{ type }}) as {{ measure }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
