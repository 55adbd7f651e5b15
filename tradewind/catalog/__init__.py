"""What the models are, from dbt's manifest: personal data and where it goes, and the generated pages."""
