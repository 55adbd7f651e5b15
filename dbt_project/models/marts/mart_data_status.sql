-- Grain: one row a source. The one mart that reads the ledger: it tells executives what the figures rest on.
-- A load counts while it is the current one of at least one scope.
with loads as (

    select * from {{ source('ops', 'loads') }}
    where state = 'loaded'

),

current_loads as (

    select distinct
        source,
        load_id
    from {{ source('ops', 'current_scopes') }}

),

files as (

    select
        loads.source,
        max(loads.finished_at) as loaded_at,
        count(*) as files,
        sum(loads.rows_read) as rows_read,
        sum(loads.rows_loaded) as rows_loaded,
        sum(loads.rows_rejected) as rows_rejected,
        bool_or(loads.is_sample) as is_sample
    from loads
    inner join current_loads
        on
            loads.source = current_loads.source
            and loads.load_id = current_loads.load_id
    group by loads.source

),

held as (

    select count(*) as files_held
    from {{ source('ops', 'loads') }}
    where state = 'held'

),

newest as (

    select coalesce(max(load_id), 0) as last_load_id
    from {{ source('ops', 'loads') }}

),

business_dates as (

    select
        'sales.transactions' as source,
        min(sale_date) as data_from,
        max(sale_date) as data_as_of
    from {{ ref('fct_sales') }}

),

reconciled as (

    select
        source,
        bool_and(is_reconciled) as is_reconciled
    from {{ ref('kpi_reconciliation') }}
    group by source

)

select
    business_dates.source,
    'Global sales' as source_name,
    business_dates.data_from,
    business_dates.data_as_of,
    cast(files.loaded_at as timestamp) as loaded_at,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as published_at,
    cast(coalesce(files.files, 0) as bigint) as files,
    cast(coalesce(files.rows_read, 0) as bigint) as rows_read,
    cast(coalesce(files.rows_loaded, 0) as bigint) as rows_loaded,
    cast(coalesce(files.rows_rejected, 0) as bigint) as rows_rejected,
    cast(held.files_held as bigint) as files_held,
    coalesce(files.is_sample, false) as is_sample,
    reconciled.is_reconciled,
    cast(newest.last_load_id as bigint) as last_load_id
from business_dates
left join files on business_dates.source = files.source
left join reconciled on business_dates.source = reconciled.source
cross join held
cross join newest
