-- The latest file decides the rate of a day and currency; one that lacks a currency takes no rate away.
-- Downloads of the history repeat nearly every row, so equal rows are first made one.
{{ config(meta={'batches_of': 'finance.exchange_rates'}) }}

{% set currencies = published_currencies() -%}
with versions as (

    select
        raw_rows.rate_date,
        {% for name in currencies -%}
        raw_rows.{{ name }},
        {% endfor -%}
        max(loads.precedence) as precedence,
        max(raw_rows._load_id) as load_id
    from {{ source('finance', 'exchange_rates') }} as raw_rows
    inner join {{ ref('stg_ops__loads') }} as loads on raw_rows._load_id = loads.load_id
    where loads.source = 'finance.exchange_rates' and loads.is_counted
    group by
        {% for name in currencies -%}
        raw_rows.{{ name }},
        {% endfor -%}
        raw_rows.rate_date

),

latest as (

    select
        {% for name in currencies -%}
        {{ name }},
        max(case when {{ name }} is not null then precedence end) over by_day as latest_{{ name }},
        {% endfor -%}
        rate_date,
        load_id,
        precedence
    from versions
    window by_day as (partition by rate_date)

)

select
    {% for name in currencies -%}
    cast(max(case when precedence = latest_{{ name }} then {{ name }} end) as numeric(18, 6)) as {{ name }},
    {% endfor -%}
    max(load_id) as load_id,
    rate_date
from latest
group by rate_date
