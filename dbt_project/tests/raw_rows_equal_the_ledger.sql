-- Each load has exactly the raw rows that the ledger says it loaded. A build looks at unpublished loads.
{% set of_new_loads = of_unpublished_loads() -%}
with ledger as (

    select distinct
        source,
        load_id,
        rows_loaded
    from {{ ref('stg_ops__loads') }}
    where state in ('loaded', 'replaced', 'withdrawn')

),

raw_rows as (

    {% for source_name in relations() -%}
    {% set domain, table = source_name.split('.') -%}
    select
        '{{ source_name }}' as source,
        _load_id as load_id,
        count(*) as raw_rows
    from {{ source(domain, table) }}
    where {{ of_new_loads.format('_load_id') }}
    group by _load_id
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    ledger.source,
    ledger.load_id,
    ledger.rows_loaded,
    raw_rows.raw_rows
from ledger
left join raw_rows on ledger.source = raw_rows.source and ledger.load_id = raw_rows.load_id
where
    {{ of_new_loads.format('ledger.load_id') }}
    and ledger.rows_loaded <> coalesce(raw_rows.raw_rows, 0)
