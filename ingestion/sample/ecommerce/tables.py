"""The nine files, under their published names and headers."""

from __future__ import annotations

from typing import NamedTuple

from ingestion.sample.files import Files, Table

_FILES = {
    "orders": (
        "olist_orders_dataset.csv",
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date",
    ),
    "items": (
        "olist_order_items_dataset.csv",
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
    ),
    "payments": (
        "olist_order_payments_dataset.csv",
        "order_id,payment_sequential,payment_type,payment_installments,payment_value",
    ),
    "reviews": (
        "olist_order_reviews_dataset.csv",
        "review_id,order_id,review_score,review_comment_title,review_comment_message,"
        "review_creation_date,review_answer_timestamp",
    ),
    "customers": (
        "olist_customers_dataset.csv",
        "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
    ),
    "products": (
        "olist_products_dataset.csv",
        "product_id,product_category_name,product_name_lenght,product_description_lenght,product_photos_qty,"
        "product_weight_g,product_length_cm,product_height_cm,product_width_cm",
    ),
    "sellers": ("olist_sellers_dataset.csv", "seller_id,seller_zip_code_prefix,seller_city,seller_state"),
    "geolocation": (
        "olist_geolocation_dataset.csv",
        "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng,geolocation_city,geolocation_state",
    ),
    "translation": (
        "product_category_name_translation.csv",
        "product_category_name,product_category_name_english",
    ),
}


class Tables(NamedTuple):
    """The files while they are written."""

    orders: Table
    items: Table
    payments: Table
    reviews: Table
    customers: Table
    products: Table
    sellers: Table
    geolocation: Table
    translation: Table


def begin_tables(files: Files) -> Tables:
    """Begin all of them."""
    return Tables(**{key: files.table(name, header.split(",")) for key, (name, header) in _FILES.items()})
