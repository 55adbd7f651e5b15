-- Grain: run x kind x last known month x level x country x segment x product x month. The history and the
-- tests are those of a metric's latest run: later ones replace them, while forecasts stay for ever.
{{ config(**slices(by='run_id bigint', follows={'stg_forecasts__runs': same()})) }}

select
    runs.run_id,
    runs.metric,
    runs.made_on,
    runs.publication,
    runs.history_from,
    runs.history_to,
    runs.is_sample,
    runs.left_out,
    runs.is_latest,
    forecasts.kind,
    forecasts.known_to,
    forecasts.level,
    forecasts.country,
    forecasts.segment,
    forecasts.product,
    forecasts.month,
    cast(
        12 * (extract(year from forecasts.month) - extract(year from forecasts.known_to))
        + extract(month from forecasts.month) - extract(month from forecasts.known_to) as integer
    ) as months_ahead,
    forecasts.actual,
    forecasts.forecast,
    forecasts.lower_80,
    forecasts.upper_80,
    forecasts.lower_95,
    forecasts.upper_95,
    forecasts.floor_forecast,
    forecasts.method,
    forecasts.floor_method,
    forecasts.remark
from {{ ref('stg_forecasts__rows') }} as forecasts
inner join {{ ref('stg_forecasts__runs') }} as runs on forecasts.run_id = runs.run_id
where {{ is_touched('forecasts.run_id') }}
