{#- Headline figures of the sources whose rows come in batches, and where each layer keeps them. -#}
{% macro kpis_by_batch() %}
    {{ return({
        'sales.transactions': {
            'kpis': sales_measures().keys() | list,
            'layers': {'staging': 'stg_sales__transactions', 'fact': 'fct_sales'},
            'marts': {'mart': 'mart_sales_monthly', 'daily_mart': 'mart_sales_daily'},
        },
    }) }}
{% endmacro %}
