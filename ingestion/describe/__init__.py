"""What is generated from the contracts: dbt's sources and macros, and the data dictionary."""
