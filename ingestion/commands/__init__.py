"""The commands of `python -m ingestion`. Each imports what it needs itself, so that all start at once."""
