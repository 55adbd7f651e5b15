-- Grain: day x country x segment x product x discount band. Sales are added up once, for all marts.
{{ config(**slices(by='day date', follows={'fct_sales': same()}, indexes=[{'columns': ['month']}])) }}

select
    sale_date as day,
    {{ month_start('sale_date') }} as month,
    country_key,
    segment_key,
    product_key,
    discount_band_key,
    {% for measure, type in sales_measures().items() -%}
    cast(sum({{ measure_of_line(measure) }}) as {{ type }}) as {{ measure }},
    {% endfor -%}
    cast(count(*) as bigint) as sales_lines
from {{ ref('fct_sales') }}
where {{ is_touched('sale_date') }}
group by sale_date, country_key, segment_key, product_key, discount_band_key
