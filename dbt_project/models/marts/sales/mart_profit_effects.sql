-- Grain: comparison x month x source x company x country x product x segment x effect. mart_profit_change
-- with its effects below each other: a chart that climbs from the profit before to the profit after takes one
-- column of names and one of amounts. An effect that is unknown has no row.
{{ config(**slices(by='month date', follows={'mart_profit_change': same()})) }}

{#- `Before` stands first and the effects follow by name: a chart sorted by name has the right order. -#}
{%- set amounts = {
    'Before': 'profit_before',
    'Cost': 'cost_effect',
    'Discounts': 'discount_effect',
    'Mix': 'mix_effect',
    'Price': 'price_effect',
    'Volume': 'volume_effect',
} %}
{% for effect, amount in amounts.items() -%}
select
    comparison,
    month,
    source,
    company,
    country,
    country_code,
    product,
    segment,
    '{{ effect }}' as effect,
    {{ amount }} as amount
from {{ ref('mart_profit_change') }}
where {{ is_touched('month') }} and {{ amount }} is not null
{{ 'union all' if not loop.last }}
{% endfor %}
