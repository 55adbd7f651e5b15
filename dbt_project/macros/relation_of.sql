{#- Generated from the contracts by `python -m ingestion sources`; edit those, not this file. -#}
{#- How the files of a source relate to each other; a macro, as unit tests see no sources. -#}
{% macro relations() -%}
    {%- do return({
        "finance.budget_rates": {"kind": "upsert", "key": ["period", "currency"]},
        "finance.exchange_rates": {"kind": "upsert", "key": ["rate_date"]},
        "olist.category_translation": {"kind": "upsert", "key": ["product_category_name"]},
        "olist.customers": {"kind": "upsert", "key": ["customer_id"]},
        "olist.geolocation": {"kind": "upsert", "key": ["geolocation_zip_code_prefix", "geolocation_lat", "geolocation_lng", "geolocation_city", "geolocation_state"]},
        "olist.order_items": {"kind": "upsert", "key": ["order_id", "order_item_id"]},
        "olist.order_payments": {"kind": "upsert", "key": ["order_id", "payment_sequential"]},
        "olist.order_reviews": {"kind": "upsert", "key": ["review_id", "order_id"]},
        "olist.orders": {"kind": "upsert", "key": ["order_id"]},
        "olist.products": {"kind": "upsert", "key": ["product_id"]},
        "olist.sellers": {"kind": "upsert", "key": ["seller_id"]},
        "sales.engagement": {"kind": "restate", "scope": "{row}.country || '|' || substring(cast({row}.engagement_date as {string}) from 1 for 7)", "max_shrink": 0.5},
        "sales.inventory": {"kind": "restate", "scope": "{row}.country || '|' || substring(cast({row}.stock_date as {string}) from 1 for 10)", "max_shrink": 0.5},
        "sales.targets": {"kind": "upsert", "key": ["country", "segment", "target_month"]},
        "sales.transactions": {"kind": "restate", "scope": "{row}.country || '|' || substring(cast({row}.sale_date as {string}) from 1 for 7)", "max_shrink": 0.5},
    }) -%}
{%- endmacro %}

{% macro relation_of(source_name) -%}
    {%- do return(relations()[source_name]) -%}
{%- endmacro %}

{#- Names of the sources for people. -#}
{% macro source_titles() -%}
    {%- do return({
        "finance.budget_rates": "Budget rates",
        "finance.exchange_rates": "Exchange rates",
        "olist.category_translation": "Olist category translation",
        "olist.customers": "Olist customers",
        "olist.geolocation": "Olist geolocation",
        "olist.order_items": "Olist order items",
        "olist.order_payments": "Olist order payments",
        "olist.order_reviews": "Olist order reviews",
        "olist.orders": "Olist orders",
        "olist.products": "Olist products",
        "olist.sellers": "Olist sellers",
        "sales.engagement": "Customer engagement",
        "sales.inventory": "Inventory",
        "sales.targets": "Sales targets",
        "sales.transactions": "Sales transactions",
    }) -%}
{%- endmacro %}

{#- How old the last load of a source may be; sources that no new files are expected of are not named. -#}
{% macro freshness_limits() -%}
    {%- do return({
        "sales.engagement": {"count": 35, "period": "day"},
        "sales.inventory": {"count": 8, "period": "day"},
        "sales.targets": {"count": 100, "period": "day"},
        "sales.transactions": {"count": 35, "period": "day"},
    }) -%}
{%- endmacro %}
