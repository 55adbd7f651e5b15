-- Grain: one row per row of engagement that counts. A left join to one row per key: none is lost or doubled.
{{ config(**slices(
    by='engagement_date date',
    follows=of_sources(sources_of_engagement(), same()),
    indexes=[{'columns': ['batch_id']}]
)) }}

select
    engagement.source,
    engagement.company,
    engagement.engagement_date,
    coalesce(spelled.country_key, {{ own_key('engagement.country') }}) as country_key,
    coalesce({{ name_key('engagement.segment') }}, {{ unknown_key() }}) as segment_key,
    engagement.active_customers,
    engagement.visits,
    engagement.engaged_visits,
    engagement.responses,
    engagement.load_id,
    engagement.file_line,
    engagement.batch_id
from {{ ref('int_engagement') }} as engagement
left join {{ ref('int_country_spellings') }} as spelled
    on {{ spelling('engagement.country') }} = spelled.spelling
where {{ is_touched('engagement.engagement_date') }}
