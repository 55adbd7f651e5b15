-- A later file restates the months and countries it holds: only rows of a scope's current load count.
{{ config(meta={'batches_of': 'sales.engagement'}) }}

with engagement as (

    {{ current_rows('sales', 'engagement') }}

)

select
    engagement._load_id as load_id,
    engagement._line as file_line,
    engagement.batch_id,
    engagement.engagement_date,
    engagement.country,
    engagement.segment,
    cast(engagement.active_customers as bigint) as active_customers,
    cast(engagement.visits as bigint) as visits,
    cast(engagement.engaged_visits as bigint) as engaged_visits,
    cast(engagement.responses as bigint) as responses
from engagement
