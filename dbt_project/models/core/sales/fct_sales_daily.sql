-- Grain: day x source x company x country x segment x product x category x
-- discount band. Sales are added up once, for all marts.
{{ config(**slices(by='day date', follows=days_of_sales_lines(), indexes=[{'columns': ['month']}])) }}

select
    sale_date as day,
    {{ month_start('sale_date') }} as month,
    source,
    company,
    country_key,
    segment_key,
    product_key,
    category_key,
    discount_band_key,
    {% for measure, type in sales_measures().items() -%}
    cast(sum({{ measure_of_line(measure) }}) as {{ type }}) as {{ measure }},
    {% endfor -%}
    cast(count(*) as bigint) as sales_lines
from {{ ref('fct_sales') }}
where {{ is_touched('sale_date') }}
group by sale_date, source, company, country_key, segment_key, product_key, category_key, discount_band_key
