-- Grain: day x source x company x currency x country x segment x product x category x discount band.
{{ config(**slices(by='day date', follows={'fct_sales_daily': same()})) }}

select
    sales.day,
    sales.month,
    dates.week,
    cast(dates.fiscal_year as {{ dbt.type_string() }}) as fiscal_year,
    dates.fiscal_quarter_name as fiscal_quarter,
    dates.fiscal_period_name as fiscal_period,
    dates.fiscal_week_name as fiscal_week,
    {% if has_fiscal_calendar() -%}
    right(dates.fiscal_period_name, 3) as period_of_fiscal_year,
    {%- else -%}
    cast(null as {{ dbt.type_string() }}) as period_of_fiscal_year,
    {%- endif %}
    sales.source,
    sales.company,
    sales.currency,
    countries.country,
    countries.country_code,
    segments.segment,
    products.product,
    categories.category,
    categories.sub_category,
    discount_bands.discount_band,
    {% for measure in sales_measures() -%}
    sales.{{ measure }},
    {% endfor -%}
    sales.sales_lines
from {{ ref('fct_sales_daily') }} as sales
inner join {{ ref('dim_date') }} as dates on sales.day = dates.date_day
inner join {{ ref('dim_country') }} as countries on sales.country_key = countries.country_key
inner join {{ ref('dim_segment') }} as segments on sales.segment_key = segments.segment_key
inner join {{ ref('dim_product') }} as products on sales.product_key = products.product_key
inner join {{ ref('dim_category') }} as categories on sales.category_key = categories.category_key
inner join {{ ref('dim_discount_band') }} as discount_bands
    on sales.discount_band_key = discount_bands.discount_band_key
where {{ is_touched('sales.day') }}
