"""Which contract a table of a file fulfils."""
