"""What the models are, told from dbt's manifest: lineage of columns, privacy, and the generated pages."""
