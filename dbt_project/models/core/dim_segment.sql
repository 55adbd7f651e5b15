{{ config(**dimension('segment_key', spread='segment')) }}

select distinct
    {{ name_key('segment') }} as segment_key,
    segment
from {{ ref('int_sales_members') }}
where {{ name_key('segment') }} <> {{ unknown_key() }}

union all

select
    {{ unknown_key() }} as segment_key,
    'Unknown' as segment
