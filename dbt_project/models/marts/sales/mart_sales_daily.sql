-- Grain: day x country x segment x product x discount band.
{{ config(**slices(
    by='day date',
    follows={
        'fct_sales': 'slice', 'dim_country': none, 'dim_segment': none, 'dim_product': none, 'dim_discount_band': none
    },
    indexes=[{'columns': ['month']}]
)) }}

select
    sales.sale_date as day,
    {{ month_start('sales.sale_date') }} as month,
    countries.country,
    countries.country_code,
    segments.segment,
    products.product,
    discount_bands.discount_band,
    {% for measure, type in sales_measures().items() -%}
    cast(sum(sales.{{ measure }}) as {{ type }}) as {{ measure }},
    {% endfor -%}
    count(*) as sales_lines
from {{ ref('fct_sales') }} as sales
inner join {{ ref('dim_country') }} as countries on sales.country_key = countries.country_key
inner join {{ ref('dim_segment') }} as segments on sales.segment_key = segments.segment_key
inner join {{ ref('dim_product') }} as products on sales.product_key = products.product_key
inner join {{ ref('dim_discount_band') }} as discount_bands
    on sales.discount_band_key = discount_bands.discount_band_key
where {{ is_touched('sales.sale_date') }}
group by
    sales.sale_date,
    countries.country,
    countries.country_code,
    segments.segment,
    products.product,
    discount_bands.discount_band
