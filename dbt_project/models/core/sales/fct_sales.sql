-- Grain: one row per sales line that counts. A view: each source's lines are kept once, as staging has them.
-- Left joins to one row per key: no line is lost or doubled.
{{ config(materialized='view') }}

select
    lines.sales_line_id,
    lines.source,
    lines.company,
    lines.sale_date,
    coalesce(spelled.country_key, {{ own_key('lines.country') }}) as country_key,
    coalesce({{ name_key('lines.segment') }}, {{ unknown_key() }}) as segment_key,
    coalesce({{ name_key('lines.product') }}, {{ unknown_key() }}) as product_key,
    {{ category_key('lines.category', 'lines.sub_category') }} as category_key,
    coalesce(
        {{ name_key('lines.discount_band') }},
        {{ name_key(discount_band_of('lines.discount_rate')) }},
        {{ unknown_key() }}
    ) as discount_band_key,
    lines.units_sold,
    lines.manufacturing_price,
    lines.sale_price,
    lines.gross_sales,
    lines.discounts,
    lines.sales,
    lines.cogs,
    lines.profit,
    lines.currency,
    lines.load_id,
    lines.file_line,
    lines.batch_id
from {{ ref('int_sales_lines') }} as lines
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('lines.country') }} = spelled.spelling
