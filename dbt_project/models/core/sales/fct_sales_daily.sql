-- Grain: day x source x company x currency x country x segment x product x category x discount band. Sales
-- are converted line by line and added up once, for all marts. A changed rate touches its day.
{% set follows = days_of_sales_lines() -%}
{% do follows.update({'fct_exchange_rate': day_of_rate()}) -%}
{{ config(**slices(by='day date', follows=follows, indexes=[{'columns': ['month']}])) }}

select
    lines.sale_date as day,
    {{ month_start('lines.sale_date') }} as month,
    lines.source,
    lines.company,
    coalesce(lines.currency, {{ unknown_key() }}) as currency,
    lines.country_key,
    lines.segment_key,
    lines.product_key,
    lines.category_key,
    lines.discount_band_key,
    {% for measure, type in sales_measures().items() -%}
    cast(sum({{ measure_of_line(measure) }}) as {{ type }}) as {{ measure }},
    {% endfor -%}
    cast(count(*) as bigint) as sales_lines
from {{ ref('fct_sales') }} as lines
{{ join_exchange_rates(currency_of('lines.currency'), 'lines.sale_date') }}
where {{ is_touched('lines.sale_date') }}
group by
    lines.sale_date,
    lines.source,
    lines.company,
    lines.currency,
    lines.country_key,
    lines.segment_key,
    lines.product_key,
    lines.category_key,
    lines.discount_band_key
