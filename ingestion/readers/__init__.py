"""Readers of files: each returns tables with a head and rows of untyped cells, and knows no contracts."""
