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
        round(transactions.sales, 4) as sales,
        round(transactions.units_sold, 6) as units_sold,
        round(transactions.sale_price, 4) as sale_price,
        round(transactions.gross_sales, 4) as gross_sales,
        round(transactions.discounts, 4) as discounts,
        cast(transactions.discount_band as {{ dbt.type_string() }}) as discount_band,
        round(transactions.cogs, 4) as cogs,
        round(transactions.profit, 4) as profit,
        round(transactions.manufacturing_price, 4) as manufacturing_price,
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
        round(discounts / nullif(gross_sales, 0), 6) as discount_rate
    from _mapped

)

select
    line_id,
    load_id,
    file_line,
    batch_id,
    sale_date,
    cast(
        case when abs(sales) < 1000000000000 then sales end as numeric(18, 4)
    ) as sales,
    cast(
        case when abs(units_sold) < 10000000000 then units_sold end as numeric(18, 6)
    ) as units_sold,
    cast(
        case when abs(sale_price) < 1000000000000 then sale_price end as numeric(18, 4)
    ) as sale_price,
    cast(
        case when abs(gross_sales) < 1000000000000 then gross_sales end as numeric(18, 4)
    ) as gross_sales,
    cast(
        case when abs(discounts) < 1000000000000 then discounts end as numeric(18, 4)
    ) as discounts,
    cast(
        case when abs(discount_rate) < 10000000000 then discount_rate end as numeric(18, 6)
    ) as discount_rate,
    discount_band,
    unit_cost,
    cast(
        case when abs(cogs) < 1000000000000 then cogs end as numeric(18, 4)
    ) as cogs,
    cast(
        case when abs(profit) < 1000000000000 then profit end as numeric(18, 4)
    ) as profit,
    cast(
        case when abs(manufacturing_price) < 1000000000000 then manufacturing_price end as numeric(18, 4)
    ) as manufacturing_price,
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
        when abs(sales) >= 1000000000000 then 'sales too large'
        when abs(units_sold) >= 10000000000 then 'units_sold too large'
        when abs(gross_sales) >= 1000000000000 then 'gross_sales too large'
        when abs(discounts) >= 1000000000000 then 'discounts too large'
        when abs(cogs) >= 1000000000000 then 'cogs too large'
        when abs(profit) >= 1000000000000 then 'profit too large'
        when sale_date is null then 'no sale_date'
        when sales is null then 'no sales'
        when
            sale_date < cast('{{ var("calendar_start") }}' as date)
            or sale_date > cast('{{ var("calendar_end") }}' as date)
            then 'sale_date outside the calendar'
    end as left_out_by
from _step_1
where {{ is_touched('batch_id', load='load_id') }}
