-- Each load has just the raw rows that the ledger says it loaded.
with ledger as (

    select distinct
        load_id,
        rows_loaded
    from {{ ref('stg_ops__loads') }}
    where source = 'sales.transactions' and state in ('loaded', 'replaced')

),

raw_rows as (

    select
        _load_id as load_id,
        count(*) as raw_rows
    from {{ source('sales', 'transactions') }}
    group by _load_id

)

select
    ledger.load_id,
    ledger.rows_loaded,
    raw_rows.raw_rows
from ledger
left join raw_rows on ledger.load_id = raw_rows.load_id
where ledger.rows_loaded <> coalesce(raw_rows.raw_rows, 0)
