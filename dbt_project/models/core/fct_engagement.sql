-- Grain: one row a line of a source file. A left join to one row a key: no line is lost or doubled.
with engagement as (

    select * from {{ ref('stg_sales__engagement') }}

)

select
    engagement.engagement_date,
    coalesce(countries.country_key, {{ unknown_key() }}) as country_key,
    {{ name_key('engagement.segment') }} as segment_key,
    engagement.active_customers,
    engagement.visits,
    engagement.engaged_visits,
    engagement.responses,
    engagement.load_id,
    engagement.file_line
from engagement
left join {{ ref('dim_country') }} as countries
    on engagement.country = countries.source_name
