-- Grain: basis x metric x level x country x segment x product x last known month x month. What was forecast
-- beside what came: as it turned out, of forecasts made before the month, and in tests of the latest run on
-- the past. Of several runs that knew the same months the last counts. Those of sample data are not held
-- against other data.
{{ config(**whole()) }}

with latest as (

    select
        metric,
        is_sample,
        level,
        {{ series_key() }} as series_key,
        month,
        actual
    from {{ ref('fct_forecast') }}
    where is_latest and kind = 'actual'

),

forecasts as (

    select
        *,
        {{ series_key() }} as series_key,
        row_number() over (
            partition by metric, is_sample, level, {{ series_key() }}, known_to, month
            order by run_id desc
        ) as recency
    from {{ ref('fct_forecast') }}
    where kind = 'forecast'

),

judged as (

    select
        'as it turned out' as basis,
        forecasts.metric,
        forecasts.level,
        forecasts.country,
        forecasts.segment,
        forecasts.product,
        forecasts.known_to,
        forecasts.month,
        forecasts.months_ahead,
        forecasts.made_on,
        forecasts.method,
        forecasts.floor_method,
        latest.actual,
        forecasts.forecast,
        forecasts.floor_forecast,
        forecasts.lower_80,
        forecasts.upper_80,
        forecasts.lower_95,
        forecasts.upper_95
    from forecasts
    inner join latest
        on
            forecasts.metric = latest.metric
            and forecasts.is_sample = latest.is_sample
            and forecasts.level = latest.level
            and forecasts.series_key = latest.series_key
            and forecasts.month = latest.month
    where forecasts.recency = 1

    union all

    select
        'test on the past' as basis,
        metric,
        level,
        country,
        segment,
        product,
        known_to,
        month,
        months_ahead,
        made_on,
        method,
        floor_method,
        actual,
        forecast,
        floor_forecast,
        lower_80,
        upper_80,
        lower_95,
        upper_95
    from {{ ref('fct_forecast') }}
    where is_latest and kind = 'test'

)

select
    *,
    cast(abs(actual - forecast) as numeric(20, 4)) as absolute_error,
    cast(abs(actual - floor_forecast) as numeric(20, 4)) as floor_absolute_error,
    case
        when actual between lower_80 and upper_80 then 1
        when lower_80 is not null then 0
    end as is_inside_80,
    case
        when actual between lower_95 and upper_95 then 1
        when lower_95 is not null then 0
    end as is_inside_95
from judged
where {{ has_changed() }}
