"""Tradewind: a complete sales warehouse, from dropped files to dashboards."""
