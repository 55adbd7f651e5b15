"""Builds of the warehouse: dbt, what was published, and what is still to be done."""
