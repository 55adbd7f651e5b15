-- Grain: one row per line of a source file. A left join to one row per key: no line is lost or doubled.
{{ config(**slices(by='batch_id bigint', log='engagement_date date', batches_of='sales.engagement')) }}

with engagement as (

    select * from {{ ref('stg_sales__engagement') }}
    where {{ is_touched('batch_id', load='load_id') }}

)

select
    engagement.engagement_date,
    coalesce(spelled.country_key, {{ own_key('engagement.country') }}) as country_key,
    {{ name_key('engagement.segment') }} as segment_key,
    engagement.active_customers,
    engagement.visits,
    engagement.engaged_visits,
    engagement.responses,
    engagement.load_id,
    engagement.file_line,
    engagement.batch_id
from engagement
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('engagement.country') }} = spelled.spelling
