-- Grain: month x source x company x currency x country x segment x product x category x
-- discount band. For marts of months, which need not read days.
{{ config(**slices(by='month date', follows={'fct_sales_daily': month_of()})) }}

select
    month,
    source,
    company,
    currency,
    country_key,
    segment_key,
    product_key,
    category_key,
    discount_band_key,
    {% for measure, type in sales_measures().items() -%}
    cast(sum({{ measure }}) as {{ type }}) as {{ measure }},
    {% endfor -%}
    cast(sum(sales_lines) as bigint) as sales_lines
from {{ ref('fct_sales_daily') }}
where {{ is_touched('month') }}
group by
    month,
    source,
    company,
    currency,
    country_key,
    segment_key,
    product_key,
    category_key,
    discount_band_key
