-- No figure is lost or multiplied where sales, engagement and stock meet.
{%- set pairs = [
    ('mart_engagement_monthly', 'sales', 'fct_sales_monthly', 'sales'),
    ('mart_engagement_monthly', 'profit', 'fct_sales_monthly', 'profit'),
    ('mart_engagement_monthly', 'active_customers', 'fct_engagement', 'active_customers'),
    ('mart_engagement_monthly', 'visits', 'fct_engagement', 'visits'),
    ('mart_engagement_monthly', 'engaged_visits', 'fct_engagement', 'engaged_visits'),
    ('mart_engagement_monthly', 'responses', 'fct_engagement', 'responses'),
    ('mart_executive_summary', 'sales', 'fct_sales_monthly', 'sales'),
    ('mart_executive_summary', 'profit', 'fct_sales_monthly', 'profit'),
    ('mart_executive_summary', 'units_sold', 'fct_sales_monthly', 'units_sold'),
    ('mart_executive_summary', 'sales_with_profit', 'fct_sales_monthly', 'sales_with_profit'),
    ('mart_executive_summary', 'engagement', 'fct_engagement', 'engaged_visits'),
    ('mart_executive_summary', 'visits', 'fct_engagement', 'visits'),
    ('mart_executive_summary', 'inventory', 'last_counts', 'on_hand'),
    ('mart_stock_daily', 'on_hand', 'fct_inventory_snapshot', 'on_hand'),
    ('mart_stock_daily', 'on_order', 'fct_inventory_snapshot', 'on_order'),
] %}
with placed_counts as (

    select
        on_hand,
        rank() over (
            partition by source, company, location, country_key, product_key, {{ month_start('stock_date') }}
            order by stock_date desc nulls last
        ) as recency
    from {{ ref('fct_inventory_snapshot') }}

),

last_counts as (

    select on_hand
    from placed_counts
    where recency = 1

),

totals as (

    {% for mart, column, fact, source_column in pairs -%}
    select
        '{{ mart }}.{{ column }}' as figure,
        coalesce(sum({{ column }}), 0) as mart_total,
        0 as fact_total
    from {{ ref(mart) }}
    union all
    select
        '{{ mart }}.{{ column }}' as figure,
        0 as mart_total,
        coalesce(sum({{ source_column }}), 0) as fact_total
    from {{ fact if fact == 'last_counts' else ref(fact) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    figure,
    sum(mart_total) as mart_total,
    sum(fact_total) as fact_total
from totals
where {{ any_unpublished() }}
group by figure
having sum(mart_total) <> sum(fact_total)
