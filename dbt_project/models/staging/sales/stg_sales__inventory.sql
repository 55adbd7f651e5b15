-- A later file restates the days and countries it holds: only rows of a scope's current load count.
-- Of two lines for one product and day the later one counts: a level must not be added up.
{{ config(meta={'batches_of': 'sales.inventory'}) }}

with inventory as (

    {{ current_rows('sales', 'inventory') }}

),

placed as (

    select
        inventory.*,
        row_number() over (
            partition by inventory.stock_date, inventory.country, {{ name_key('inventory.product') }}
            order by inventory._load_id desc, inventory._line desc
        ) as place
    from inventory

)

select
    placed._load_id as load_id,
    placed._line as file_line,
    placed.batch_id,
    placed.stock_date,
    placed.country,
    placed.product,
    placed.on_hand,
    placed.on_order,
    placed.reorder_point,
    placed.safety_stock
from placed
where placed.place = 1
