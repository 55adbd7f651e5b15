"""The fast way for large text files: checked as a whole, copied as they are.

A line is *canonical* when its bytes are what Postgres reads as the values that the row reader would give.
DuckDB tells the canonical lines from the suspicious ones (`scan`), the row reader judges the suspicious ones
(`filtering`), and Postgres takes the bytes of the others over two connections into tables of this load alone,
which become part of the raw table at commit (`attach`). What is loaded and what is refused is, by
construction, what the row reader alone would load and refuse.
"""
