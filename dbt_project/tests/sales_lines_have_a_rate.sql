-- Lines that are in no amount, as their exchange rate is missing or their currency unknown: a warning, by
-- source and currency. All days are read: the warning stays as long as there are such lines.
{{ config(severity='warn') }}

select
    source,
    currency,
    min(day) as first_day,
    max(day) as last_day,
    sum(lines_without_rate) as lines,
    sum(local_sales) as local_sales
from {{ ref('fct_sales_daily') }}
where lines_without_rate > 0
group by source, currency
