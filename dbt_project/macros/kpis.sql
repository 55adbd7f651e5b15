{#- Headline figures of each source, and where each layer keeps them.

    rows: the figure that counts the rows which count.
    kpis: each figure and the column that it adds up; none counts rows.
    layers: model of staging, and the fact; a source without a fact has no figures but its rows.
    marts: month mart and day mart, where there are such.
    not_in_marts: figures that no mart holds.
    is_plan: its dates lie ahead, as those of targets, and do not say how recent the data are.
-#}

{#- Of sources whose rows come in batches, so that a batch is added up once and not again.

    one_line_of: of several lines of a load that share these, the last one counts; `{}` is the table.
-#}
{% macro kpis_by_batch() %}
    {%- set of_sales = {'sales_lines': none} -%}
    {%- for measure in sales_measures() -%}{%- do of_sales.update({measure: measure}) -%}{%- endfor -%}
    {{ return({
        'sales.transactions': {
            'rows': 'sales_lines',
            'kpis': of_sales,
            'layers': {'staging': 'stg_sales__transactions', 'fact': 'fct_sales'},
            'marts': {'mart': 'mart_sales_monthly', 'daily_mart': 'mart_sales_daily'},
            'not_in_marts': [],
        },
        'sales.engagement': {
            'rows': 'engagement_lines',
            'kpis': {
                'engagement_lines': none,
                'active_customers': 'active_customers',
                'visits': 'visits',
                'engaged_visits': 'engaged_visits',
                'responses': 'responses',
            },
            'layers': {'staging': 'stg_sales__engagement', 'fact': 'fct_engagement'},
            'marts': {'mart': 'mart_engagement_monthly'},
            'not_in_marts': ['engagement_lines'],
        },
        'sales.inventory': {
            'rows': 'stock_counts',
            'kpis': {'stock_counts': none, 'on_hand': 'on_hand', 'on_order': 'on_order'},
            'layers': {'staging': 'stg_sales__inventory', 'fact': 'fct_inventory_snapshot'},
            'marts': {'daily_mart': 'mart_stock_daily'},
            'not_in_marts': ['stock_counts'],
            'one_line_of': ['{}.country', '{}.stock_date', name_key('{}.product')],
        },
    }) }}
{% endmacro %}

{#- Of sources whose later rows replace earlier ones by key: a batch may change what others add up to, so that a
    source is added up as a whole, but only when something of it changed.

    left_out: condition for rows of the fact that the mart leaves out by its rule; their total is added to the
        mart's, so that the sum still is the fact's. Models that it names in braces are in `reads`.
-#}
{% macro kpis_by_source() %}
    {%- set figures = {
        'sales.targets': {
            'is_plan': true,
            'rows': 'targets',
            'kpis': {'targets': none, 'sales_target': 'sales_target'},
            'layers': {'staging': 'stg_sales__targets', 'fact': 'fct_sales_target'},
            'marts': {'mart': 'mart_executive_summary'},
            'not_in_marts': ['targets'],
            'left_out': "fact.target_month > coalesce(
                (select max(summary.month) from {mart_executive_summary} as summary), cast('1900-01-01' as date)
            )",
            'reads': ['fct_sales_target', 'mart_executive_summary'],
        },
        'olist.orders': {
            'rows': 'orders',
            'kpis': {'orders': none},
            'layers': {'staging': 'stg_olist__orders', 'fact': 'fct_orders'},
            'marts': {'mart': 'mart_orders_monthly', 'daily_mart': 'mart_orders_daily'},
            'not_in_marts': [],
        },
        'olist.order_items': {
            'is_plan': true,
            'rows': 'items',
            'kpis': {'items': none, 'price': 'price', 'freight_value': 'freight_value'},
            'layers': {'staging': 'stg_olist__order_items', 'fact': 'fct_order_items'},
            'marts': {'mart': 'mart_order_items_monthly'},
            'not_in_marts': [],
        },
        'olist.order_payments': {
            'rows': 'payments',
            'kpis': {'payments': none, 'payment_value': 'payment_value'},
            'layers': {'staging': 'stg_olist__order_payments', 'fact': 'fct_payments'},
            'marts': {'mart': 'mart_payments_monthly'},
            'not_in_marts': [],
        },
        'olist.order_reviews': {
            'rows': 'reviews',
            'kpis': {'reviews': none, 'review_score_sum': 'review_score'},
            'layers': {'staging': 'stg_olist__order_reviews', 'fact': 'fct_reviews'},
            'marts': {'mart': 'mart_orders_monthly', 'daily_mart': 'mart_orders_daily'},
            'not_in_marts': [],
            'left_out': "not exists (
                select 1 from {fct_orders} as orders where orders.order_id = fact.order_id
            )",
            'reads': ['fct_reviews', 'fct_orders'],
        },
    } -%}
    {%- for table in ['category_translation', 'customers', 'geolocation', 'products', 'sellers'] -%}
        {%- do figures.update({'olist.' ~ table: {
            'rows': 'rows',
            'kpis': {'rows': none},
            'layers': {'staging': 'stg_olist__' ~ table},
            'marts': {},
            'not_in_marts': ['rows'],
        }}) -%}
    {%- endfor -%}
    {{ return(figures) }}
{% endmacro %}

{#- Of all sources. -#}
{% macro kpis() %}
    {%- set all_kpis = {} -%}
    {%- do all_kpis.update(kpis_by_batch()) -%}
    {%- do all_kpis.update(kpis_by_source()) -%}
    {{ return(all_kpis) }}
{% endmacro %}

{#- Sources whose dates lie ahead, as those of targets, or the days until which items are to be handed over. -#}
{% macro sources_of_plans() %}
    {%- set names = [] -%}
    {%- for source_name, figures in kpis().items() if figures.is_plan -%}
        {%- do names.append(source_name) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{#- Beginning of the names of a source's CTEs, with its domain: two domains may have a table of the same name. -#}
{% macro cte_prefix(source_name) -%}
    {{ source_name.replace('.', '__') }}
{%- endmacro %}

{#- Total of a figure; of no rows it is zero. -#}
{% macro kpi_total(column, alias) -%}
    {{ 'count(*)' if column is none else 'coalesce(sum(' ~ alias ~ '.' ~ column ~ '), 0)' }}
{%- endmacro %}

{#- The layers that a model of totals reads: whatever changes in them, the totals of these sources do. -#}
{% macro followed_layers() %}
    {%- set follows = {} -%}
    {%- for source_name, figures in kpis_by_source().items() -%}
        {%- for model_name in figures.layers.values() -%}
            {%- do follows.update({model_name: [source_name]}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(follows) }}
{% endmacro %}

{#- The same for the marts, of all sources. -#}
{% macro followed_marts() %}
    {%- set follows = {} -%}
    {%- for source_name, figures in kpis().items() -%}
        {%- for model_name in (figures.marts.values() | list + figures.get('reads', [])) | unique -%}
            {%- do follows.update({model_name: follows.get(model_name, []) + [source_name]}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(follows) }}
{% endmacro %}
