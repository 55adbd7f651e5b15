-- Grain: month x country x segment x product x discount band.
-- Rolled up from the day grain, so that the fact is joined once.
{{ config(**slices(by='month date', follows={'mart_sales_daily': month_start('cast(slice as date)')})) }}

select
    month,
    country,
    country_code,
    segment,
    product,
    discount_band,
    {% for measure, type in sales_measures().items() -%}
    cast(sum({{ measure }}) as {{ type }}) as {{ measure }},
    {% endfor -%}
    cast(sum(sales_lines) as bigint) as sales_lines
from {{ ref('mart_sales_daily') }}
where {{ is_touched('month') }}
group by month, country, country_code, segment, product, discount_band
