"""Brazilian e-commerce in the form of Olist's nine files, with invented content."""

from ingestion.sample.ecommerce.orders import write_ecommerce

__all__ = ["write_ecommerce"]
