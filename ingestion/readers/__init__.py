"""Readers of files: each gives tables, a head and rows of untyped cells, and knows no contracts."""
