-- Grain: metric x level x country x segment x product x month. Of each metric the latest run: the history
-- that it saw, and what it forecast. Rows of a country are of that country alone; those of all name none.
{{ config(**whole()) }}

select
    run_id,
    metric,
    made_on,
    history_from,
    history_to,
    level,
    country,
    segment,
    product,
    month,
    months_ahead,
    actual,
    forecast,
    lower_80,
    upper_80,
    lower_95,
    upper_95,
    method,
    remark,
    left_out
from {{ ref('fct_forecast') }}
where is_latest and kind in ('actual', 'forecast') and {{ has_changed() }}
