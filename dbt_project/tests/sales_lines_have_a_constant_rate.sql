-- Lines that are not in the amounts at constant rates, as their currency has no rate in the base period: a
-- warning, by source and currency, as long as there are such lines. None without a base period.
{{ config(severity='warn') }}

select
    source,
    currency,
    min(day) as first_day,
    max(day) as last_day,
    sum(lines_without_constant_rate) as lines,
    sum(local_sales) as local_sales
from {{ ref('fct_sales_daily') }}
where lines_without_constant_rate > 0
group by source, currency
