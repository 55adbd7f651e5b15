"""The fast way for large text files: checked as a whole, copied as they are.

A line is *canonical* if Postgres reads its bytes as the same values that the row reader would return. DuckDB
tells canonical lines from suspicious ones (`scan`), the row reader judges the suspicious ones (`filtering`),
and Postgres copies the bytes of the others over two connections into tables of this load only, which become
part of the raw table at commit (`load_tables.attach`). By construction, the same rows are loaded and refused
as by the row reader alone. Where that cannot be ensured, `NotBulk` hands the file to the row reader.
"""
