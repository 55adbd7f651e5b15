"""What a table is to everybody: rows of cells, and how messages show them."""
