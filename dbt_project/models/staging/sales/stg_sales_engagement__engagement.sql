-- Generated from ingestion/contracts/sales/engagement.engagement.yaml by `make sync`; edit that.
-- To maintain this model by hand, delete the line above.
{{ config(**slices(
    by='batch_id bigint', log='engagement_date date', batches_of='sales.engagement',
    indexes=[{'columns': ['left_out_by']}]
)) }}

with engagement as (

    {{ current_rows('sales', 'engagement') }}

),

_mapped as (

    select
        cast(engagement._load_id as {{ dbt.type_string() }})
        || '-' || cast(engagement._line as {{ dbt.type_string() }}) as line_id,
        engagement._load_id as load_id,
        engagement._line as file_line,
        engagement.batch_id,
        cast(engagement.engagement_date as date) as engagement_date,
        round(engagement.active_customers, 0) as active_customers,
        round(engagement.visits, 0) as visits,
        round(engagement.engaged_visits, 0) as engaged_visits,
        round(engagement.responses, 0) as responses,
        cast(engagement.country as {{ dbt.type_string() }}) as country,
        cast(engagement.segment as {{ dbt.type_string() }}) as segment,
        cast(null as {{ dbt.type_string() }}) as company,
        cast(null as {{ dbt.type_string() }}) as rule
    from engagement

)

select
    line_id,
    load_id,
    file_line,
    batch_id,
    engagement_date,
    cast(
        case when abs(active_customers) < 10000000000000000 then active_customers end as numeric(18, 0)
    ) as active_customers,
    cast(
        case when abs(visits) < 10000000000000000 then visits end as numeric(18, 0)
    ) as visits,
    cast(
        case when abs(engaged_visits) < 10000000000000000 then engaged_visits end as numeric(18, 0)
    ) as engaged_visits,
    cast(
        case when abs(responses) < 10000000000000000 then responses end as numeric(18, 0)
    ) as responses,
    company,
    country,
    segment,
    case
        when rule is not null then rule
        when abs(active_customers) >= 10000000000000000 then 'active_customers too large'
        when abs(visits) >= 10000000000000000 then 'visits too large'
        when abs(engaged_visits) >= 10000000000000000 then 'engaged_visits too large'
        when abs(responses) >= 10000000000000000 then 'responses too large'
        when engagement_date is null then 'no engagement_date'
        when
            engagement_date < cast('{{ var("calendar_start") }}' as date)
            or engagement_date > cast('{{ var("calendar_end") }}' as date)
            then 'engagement_date outside the calendar'
        when least(active_customers, visits, engaged_visits, responses) < 0 then 'a figure below zero'
        when engaged_visits > visits then 'more engaged visits than visits'
    end as left_out_by
from _mapped
where {{ is_touched('batch_id', load='load_id') }}
