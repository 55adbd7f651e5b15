-- Generated from ingestion/contracts/sales/transactions.sales_lines.yaml by `make sync`; edit that.
-- To maintain this model by hand, delete the line above.
{{ config(**slices(
    by='batch_id bigint', log='sale_date date', batches_of='sales.transactions',
    indexes=[{'columns': ['left_out_by']}]
)) }}

with transactions as (

    {{ current_rows('sales', 'transactions') }}

),

_mapped as (

    select
        cast(transactions._load_id as {{ dbt.type_string() }})
        || '-' || cast(transactions._line as {{ dbt.type_string() }}) as line_id,
        transactions._load_id as load_id,
        transactions._line as file_line,
        transactions.batch_id,
        cast(transactions.sale_date as date) as sale_date,
        cast(transactions.sales as numeric(18, 4)) as sales,
        cast(transactions.units_sold as numeric(18, 6)) as units_sold,
        cast(transactions.sale_price as numeric(18, 4)) as sale_price,
        cast(transactions.gross_sales as numeric(18, 4)) as gross_sales,
        cast(transactions.discounts as numeric(18, 4)) as discounts,
        cast(transactions.discount_band as {{ dbt.type_string() }}) as discount_band,
        cast(transactions.cogs as numeric(18, 4)) as cogs,
        cast(transactions.profit as numeric(18, 4)) as profit,
        cast(transactions.manufacturing_price as numeric(18, 4)) as manufacturing_price,
        cast('USD' as {{ dbt.type_string() }}) as currency,
        cast(transactions.country as {{ dbt.type_string() }}) as country,
        cast(transactions.segment as {{ dbt.type_string() }}) as segment,
        cast(transactions.product as {{ dbt.type_string() }}) as product,
        cast(null as numeric(18, 4)) as unit_cost,
        cast(null as numeric(18, 4)) as tax,
        cast(null as numeric(18, 4)) as shipping,
        cast(null as {{ dbt.type_string() }}) as company,
        cast(null as {{ dbt.type_string() }}) as region,
        cast(null as {{ dbt.type_string() }}) as state,
        cast(null as {{ dbt.type_string() }}) as city,
        cast(null as {{ dbt.type_string() }}) as channel,
        cast(null as {{ dbt.type_string() }}) as product_code,
        cast(null as {{ dbt.type_string() }}) as category,
        cast(null as {{ dbt.type_string() }}) as sub_category,
        cast(null as {{ dbt.type_string() }}) as order_number,
        cast(null as {{ dbt.type_string() }}) as order_line,
        cast(null as {{ dbt.type_string() }}) as customer_code,
        cast(null as {{ dbt.type_string() }}) as store,
        cast(null as {{ dbt.type_string() }}) as rule
    from transactions

),

_step_1 as (

    select
        *,
        cast(discounts / nullif(gross_sales, 0) as numeric(18, 6)) as discount_rate
    from _mapped

)

select
    line_id,
    load_id,
    file_line,
    batch_id,
    sale_date,
    sales,
    units_sold,
    sale_price,
    gross_sales,
    discounts,
    discount_rate,
    discount_band,
    unit_cost,
    cogs,
    profit,
    manufacturing_price,
    tax,
    shipping,
    currency,
    company,
    country,
    region,
    state,
    city,
    segment,
    channel,
    product,
    product_code,
    category,
    sub_category,
    order_number,
    order_line,
    customer_code,
    store,
    case
        when rule is not null then rule
        when sale_date is null then 'no sale_date'
        when sales is null then 'no sales'
        when
            sale_date < cast('{{ var("calendar_start") }}' as date)
            or sale_date > cast('{{ var("calendar_end") }}' as date)
            then 'sale_date outside the calendar'
    end as left_out_by
from _step_1
where {{ is_touched('batch_id', load='load_id') }}
