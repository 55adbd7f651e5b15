-- Grain: one row per count of stock that counts. Joins match at most one row: no count is lost or doubled.
{{ config(**slices(
    by='stock_date date',
    follows=of_sources(sources_of_inventory(), same()),
    indexes=[{'columns': ['batch_id']}]
)) }}

select
    counts.source,
    counts.company,
    counts.stock_date,
    coalesce(spelled.country_key, {{ own_key('counts.country') }}) as country_key,
    coalesce({{ name_key('counts.product') }}, {{ unknown_key() }}) as product_key,
    counts.location,
    counts.on_hand,
    counts.on_order,
    counts.reorder_point,
    counts.safety_stock,
    counts.load_id,
    counts.file_line,
    counts.batch_id
from {{ ref('int_inventory') }} as counts
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('counts.country') }} = spelled.spelling
where {{ is_touched('counts.stock_date') }}
