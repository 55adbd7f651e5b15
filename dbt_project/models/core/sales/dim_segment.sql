-- Every source that names segments feeds the dimension, so that a fact's key is always found.
{{ config(**whole(key='segment_key')) }}

with names as (

    select name as segment from {{ ref('int_sales_members') }}
    where kind = 'segment'
    union distinct
    select segment from {{ ref('int_engagement') }}
    where segment is not null
    union distinct
    select segment from {{ ref('int_targets') }}
    where segment is not null

)

select
    {{ name_key('segment') }} as segment_key,
    -- one spelling per key
    min(segment) as segment
from names
where {{ name_key('segment') }} <> {{ unknown_key() }} and {{ has_changed() }}
group by {{ name_key('segment') }}

union all

select
    {{ unknown_key() }} as segment_key,
    'Unknown' as segment
where {{ has_changed() }}
