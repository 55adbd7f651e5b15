{{ config(meta={'batches_of': 'sales.transactions'}) }}
-- A later file restates the months and countries it holds: only rows of a scope's current load count.
with transactions as (

    {{ current_rows('sales', 'transactions') }}

)

select
    {{ dbt.concat(["cast(transactions._load_id as " ~ dbt.type_string() ~ ")", "'-'",
        "cast(transactions._line as " ~ dbt.type_string() ~ ")"]) }} as sales_line_id,
    transactions._load_id as load_id,
    transactions._line as file_line,
    transactions.batch_id,
    transactions.sale_date,
    transactions.country,
    transactions.segment,
    transactions.product,
    transactions.discount_band,
    transactions.units_sold,
    transactions.manufacturing_price,
    transactions.sale_price,
    transactions.gross_sales,
    transactions.discounts,
    transactions.sales,
    transactions.cogs,
    transactions.profit
from transactions
