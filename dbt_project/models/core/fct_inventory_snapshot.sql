-- Grain: country x product x day, as the source names them. One row a key is joined: no count is lost.
with inventory as (

    select * from {{ ref('stg_sales__inventory') }}

)

select
    inventory.stock_date,
    coalesce(countries.country_key, {{ unknown_key() }}) as country_key,
    {{ name_key('inventory.product') }} as product_key,
    inventory.on_hand,
    inventory.on_order,
    inventory.reorder_point,
    inventory.safety_stock,
    inventory.load_id,
    inventory.file_line
from inventory
left join {{ ref('dim_country') }} as countries
    on inventory.country = countries.source_name
