-- Grain: country x segment x month, as the source names them. One row per key is joined: no target is lost.
{{ config(**whole(batches_of='sales.targets')) }}

with targets as (

    select * from {{ ref('stg_sales__targets') }}

)

select
    targets.target_month,
    coalesce(countries.country_key, {{ unknown_key() }}) as country_key,
    {{ name_key('targets.segment') }} as segment_key,
    targets.sales_target,
    targets.load_id,
    targets.file_line
from targets
left join {{ ref('dim_country') }} as countries
    on targets.country = countries.source_name
where {{ has_changed() }}
