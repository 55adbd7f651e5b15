-- Generated from ingestion/contracts/sales/inventory.inventory.yaml by `make sync`; edit that.
-- To maintain this model by hand, delete the line above.
{{ config(**slices(
    by='batch_id bigint', log='stock_date date', batches_of='sales.inventory',
    indexes=[{'columns': ['left_out_by']}]
)) }}

with inventory as (

    {{ current_rows('sales', 'inventory') }}

),

_mapped as (

    select
        cast(inventory._load_id as {{ dbt.type_string() }})
        || '-' || cast(inventory._line as {{ dbt.type_string() }}) as line_id,
        inventory._load_id as load_id,
        inventory._line as file_line,
        inventory.batch_id,
        cast(inventory.stock_date as date) as stock_date,
        round(inventory.on_hand, 2) as on_hand,
        round(inventory.on_order, 2) as on_order,
        round(inventory.reorder_point, 2) as reorder_point,
        round(inventory.safety_stock, 2) as safety_stock,
        cast(inventory.product as {{ dbt.type_string() }}) as product,
        cast(inventory.country as {{ dbt.type_string() }}) as country,
        cast(null as {{ dbt.type_string() }}) as product_code,
        cast(null as {{ dbt.type_string() }}) as location,
        cast(null as {{ dbt.type_string() }}) as company,
        cast(null as {{ dbt.type_string() }}) as rule
    from inventory

)

select
    line_id,
    load_id,
    file_line,
    batch_id,
    stock_date,
    cast(
        case when abs(on_hand) < 100000000000000 then on_hand end as numeric(18, 2)
    ) as on_hand,
    cast(
        case when abs(on_order) < 100000000000000 then on_order end as numeric(18, 2)
    ) as on_order,
    cast(
        case when abs(reorder_point) < 100000000000000 then reorder_point end as numeric(18, 2)
    ) as reorder_point,
    cast(
        case when abs(safety_stock) < 100000000000000 then safety_stock end as numeric(18, 2)
    ) as safety_stock,
    product,
    product_code,
    location,
    company,
    country,
    case
        when left_out_by is not null then left_out_by
        when
            row_number() over (
                partition by
                    batch_id,
                    load_id,
                    left_out_by,
                    stock_date,
                    lower(replace(trim(country), ' ', '_')),
                    lower(replace(trim(product), ' ', '_'))
                order by file_line desc
            ) > 1
            then 'a later row counts'
    end as left_out_by
from (
    select
        *,
        case
            when rule is not null then rule
            when abs(on_hand) >= 100000000000000 then 'on_hand too large'
            when abs(on_order) >= 100000000000000 then 'on_order too large'
            when stock_date is null then 'no stock_date'
            when on_hand is null then 'no on_hand'
            when
                stock_date < cast('{{ var("calendar_start") }}' as date)
                or stock_date > cast('{{ var("calendar_end") }}' as date)
                then 'stock_date outside the calendar'
        end as left_out_by
    from _mapped
) as judged
where {{ is_touched('batch_id', load='load_id') }}
