"""Brings every generated file up to date with contracts, models and dashboards: `make sync`."""
