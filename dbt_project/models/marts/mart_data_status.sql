-- Grain: one row a source. The one mart that reads the ledger: it tells executives what the figures rest on.
-- A file counts while a batch of it does: of those that restate, while it is the current one of a scope.
with loads as (

    select distinct
        load_id,
        source,
        state,
        rows_read,
        rows_rejected,
        is_sample,
        finished_at,
        batch_id is not null as is_current
    from {{ ref('stg_ops__loads') }}

),

files as (

    select
        source,
        max(finished_at) as loaded_at,
        count(*) as files,
        sum(rows_read) as rows_read,
        sum(rows_rejected) as rows_rejected,
        bool_or(is_sample) as is_sample
    from loads
    where is_current
    group by source

),

held as (

    select count(*) as files_held
    from loads
    where state = 'held'

),

current_rows as (

    select
        'sales.transactions' as source,
        min(day) as data_from,
        max(day) as data_as_of,
        sum(sales_lines) as rows_loaded
    from {{ ref('mart_sales_daily') }}

),

reconciled as (

    select
        source,
        bool_and(is_reconciled) as is_reconciled
    from {{ ref('kpi_reconciliation') }}
    group by source

)

select
    current_rows.source,
    'Global sales' as source_name,
    current_rows.data_from,
    current_rows.data_as_of,
    cast(files.loaded_at as timestamp) as loaded_at,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as published_at,
    cast(coalesce(files.files, 0) as bigint) as files,
    cast(coalesce(files.rows_read, 0) as bigint) as rows_read,
    cast(current_rows.rows_loaded as bigint) as rows_loaded,
    cast(coalesce(files.rows_rejected, 0) as bigint) as rows_rejected,
    cast(held.files_held as bigint) as files_held,
    coalesce(files.is_sample, false) as is_sample,
    reconciled.is_reconciled
from current_rows
left join files on current_rows.source = files.source
left join reconciled on current_rows.source = reconciled.source
cross join held
