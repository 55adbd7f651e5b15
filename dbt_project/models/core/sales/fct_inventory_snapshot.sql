-- Grain: country x product x day, as the source names them. Joins match at most one row: no count is lost or
-- doubled.
{{ config(**slices(by='batch_id bigint', log='stock_date date', batches_of='sales.inventory')) }}

with inventory as (

    select * from {{ ref('stg_sales__inventory') }}
    where {{ is_touched('batch_id', load='load_id') }}

)

select
    inventory.stock_date,
    coalesce(spelled.country_key, {{ own_key('inventory.country') }}) as country_key,
    {{ name_key('inventory.product') }} as product_key,
    inventory.on_hand,
    inventory.on_order,
    inventory.reorder_point,
    inventory.safety_stock,
    inventory.load_id,
    inventory.file_line,
    inventory.batch_id
from inventory
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('inventory.country') }} = spelled.spelling
