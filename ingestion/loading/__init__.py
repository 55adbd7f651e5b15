"""Loads each table in one transaction, row by row or in bulk, or holds it with a reason."""
