select distinct
    {{ name_key('segment') }} as segment_key,
    segment
from {{ ref('stg_sales__transactions') }}
where {{ name_key('segment') }} <> {{ unknown_key() }}

union all

select
    {{ unknown_key() }} as segment_key,
    'Unknown' as segment
