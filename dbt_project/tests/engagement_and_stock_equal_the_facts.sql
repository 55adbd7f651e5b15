-- No figure is lost or multiplied where sales, engagement and stock meet.
{%- set same = [
    ('mart_engagement_monthly', 'sales', 'fct_sales', 'sales'),
    ('mart_engagement_monthly', 'profit', 'fct_sales', 'profit'),
    ('mart_engagement_monthly', 'active_customers', 'fct_engagement', 'active_customers'),
    ('mart_engagement_monthly', 'visits', 'fct_engagement', 'visits'),
    ('mart_engagement_monthly', 'engaged_visits', 'fct_engagement', 'engaged_visits'),
    ('mart_engagement_monthly', 'responses', 'fct_engagement', 'responses'),
    ('mart_executive_summary', 'sales', 'fct_sales', 'sales'),
    ('mart_executive_summary', 'profit', 'fct_sales', 'profit'),
    ('mart_executive_summary', 'units_sold', 'fct_sales', 'units_sold'),
    ('mart_executive_summary', 'engagement', 'fct_engagement', 'engaged_visits'),
    ('mart_executive_summary', 'visits', 'fct_engagement', 'visits'),
    ('mart_stock_daily', 'on_hand', 'fct_inventory_snapshot', 'on_hand'),
    ('mart_stock_daily', 'on_order', 'fct_inventory_snapshot', 'on_order'),
] %}
with last_counts as (

    select
        on_hand,
        rank() over (
            partition by country_key, product_key, {{ month_start('stock_date') }}
            order by stock_date desc nulls last
        ) as recency
    from {{ ref('fct_inventory_snapshot') }}

),

totals as (

    {% for mart, column, fact, source_column in same -%}
    select
        '{{ mart }}.{{ column }}' as figure,
        (select coalesce(sum({{ column }}), 0) from {{ ref(mart) }}) as mart_total,
        (select coalesce(sum({{ source_column }}), 0) from {{ ref(fact) }}) as fact_total
    union all
    {% endfor -%}
    select
        'mart_executive_summary.inventory' as figure,
        (select coalesce(sum(inventory), 0) from {{ ref('mart_executive_summary') }}) as mart_total,
        (select coalesce(sum(on_hand), 0) from last_counts where recency = 1) as fact_total

)

select
    figure,
    mart_total,
    fact_total
from totals
where mart_total <> fact_total
