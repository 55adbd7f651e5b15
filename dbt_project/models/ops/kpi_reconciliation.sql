-- Grain: one row a headline figure, with its total at every layer that it passed through.
-- Raw rows are taken by load alone, without staging: a row lost or doubled on the way shows.
with raw_rows as (

    select *
    from {{ source('sales', 'transactions') }} as transactions
    where
        exists (
            select 1 from {{ ref('stg_ops__loads') }} as loads
            where
                loads.load_id = transactions._load_id
                and loads.current_scope
                = {{ dbt.concat(["transactions.country", "'|'", month_text("transactions.sale_date")]) }}
        )

),

totals as (

    {% set layers = {
        'raw': 'raw_rows',
        'staging': ref('stg_sales__transactions'),
        'fact': ref('fct_sales'),
        'mart': ref('mart_sales_monthly'),
        'daily_mart': ref('mart_sales_daily'),
    } -%}
    {% for measure in sales_measures() -%}
    {% set outer = loop -%}
    {% for layer, relation in layers.items() -%}
    select
        '{{ measure }}' as kpi,
        '{{ layer }}' as layer,
        cast(coalesce(sum({{ measure }}), 0) as numeric(20, 4)) as total
    from {{ relation }}
    {{ 'union all' if not (loop.last and outer.last) }}
    {% endfor %}
    {%- endfor %}

),

side_by_side as (

    select
        kpi,
        max(case when layer = 'raw' then total end) as raw_total,
        max(case when layer = 'staging' then total end) as staging_total,
        max(case when layer = 'fact' then total end) as fact_total,
        max(case when layer = 'mart' then total end) as mart_total,
        max(case when layer = 'daily_mart' then total end) as daily_mart_total
    from totals
    group by kpi

)

select
    'sales.transactions' as source,
    kpi,
    raw_total,
    staging_total,
    fact_total,
    mart_total,
    daily_mart_total,
    raw_total = staging_total
    and staging_total = fact_total
    and fact_total = mart_total
    and mart_total = daily_mart_total as is_reconciled
from side_by_side
