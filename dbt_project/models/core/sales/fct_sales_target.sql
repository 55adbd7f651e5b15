-- Grain: country x segment x month, as the source names them. Joins match at most one row: no target is
-- lost or doubled.
{{ config(**whole(batches_of='sales.targets')) }}

with targets as (

    select * from {{ ref('stg_sales__targets') }}

)

select
    targets.target_month,
    coalesce(spelled.country_key, {{ own_key('targets.country') }}) as country_key,
    {{ name_key('targets.segment') }} as segment_key,
    targets.sales_target,
    targets.load_id,
    targets.file_line
from targets
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('targets.country') }} = spelled.spelling
where {{ has_changed() }}
