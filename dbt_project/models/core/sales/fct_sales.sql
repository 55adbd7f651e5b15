-- Grain: one row per line of a source file. Left joins to one row per key: no line is lost or doubled.
{{ config(**slices(by='batch_id bigint', log='sale_date date', batches_of='sales.transactions')) }}

with transactions as (

    select * from {{ ref('stg_sales__transactions') }}
    where {{ is_touched('batch_id', load='load_id') }}

)

select
    transactions.sales_line_id,
    transactions.sale_date,
    coalesce(spelled.country_key, {{ own_key('transactions.country') }}) as country_key,
    {{ name_key('transactions.segment') }} as segment_key,
    {{ name_key('transactions.product') }} as product_key,
    coalesce(discount_bands.discount_band_key, {{ unknown_key() }}) as discount_band_key,
    transactions.units_sold,
    transactions.manufacturing_price,
    transactions.sale_price,
    transactions.gross_sales,
    transactions.discounts,
    transactions.sales,
    transactions.cogs,
    transactions.profit,
    transactions.load_id,
    transactions.file_line,
    transactions.batch_id
from transactions
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('transactions.country') }} = spelled.spelling
left join {{ ref('dim_discount_band') }} as discount_bands
    on transactions.discount_band = discount_bands.discount_band
