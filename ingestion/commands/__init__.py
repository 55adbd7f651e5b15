"""The commands of `python -m ingestion`, one per file.

Each imports what it needs when it runs, so that all start at once.
"""
