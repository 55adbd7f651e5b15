"""Loads files: each table in one transaction, by rows or in bulk, or holds it with a reason."""
