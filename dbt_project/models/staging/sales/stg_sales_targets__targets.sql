-- Generated from ingestion/contracts/sales/targets.targets.yaml by `make sync`; edit that.
-- To maintain this model by hand, delete the line above.
{{ config(**slices(
    by='row_key text', log='target_month date', rows_of='sales.targets',
    indexes=[{'columns': ['left_out_by']}]
)) }}

with targets as (

    {{ current_rows('sales', 'targets') }}

),

_mapped as (

    select
        cast(targets._load_id as {{ dbt.type_string() }})
        || '-' || cast(targets._line as {{ dbt.type_string() }}) as line_id,
        targets._load_id as load_id,
        targets._line as file_line,
        targets.batch_id,
        targets.country as row_key,
        cast(targets.target_month as date) as target_month,
        round(targets.sales_target, 4) as sales_target,
        cast(targets.country as {{ dbt.type_string() }}) as country,
        cast(targets.segment as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as {{ dbt.type_string() }}) as company,
        cast(null as {{ dbt.type_string() }}) as rule
    from targets

)

select
    line_id,
    load_id,
    file_line,
    batch_id,
    row_key,
    target_month,
    cast(
        case when abs(sales_target) < 1000000000000 then sales_target end as numeric(18, 4)
    ) as sales_target,
    currency,
    company,
    country,
    segment,
    case
        when rule is not null then rule
        when abs(sales_target) >= 1000000000000 then 'sales_target too large'
        when target_month is null then 'no target_month'
        when sales_target is null then 'no sales_target'
        when
            target_month < cast('{{ var("calendar_start") }}' as date)
            or target_month > cast('{{ var("calendar_end") }}' as date)
            then 'target_month outside the calendar'
    end as left_out_by
from _mapped
where {{ is_touched('row_key') }}
