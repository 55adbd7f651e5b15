"""What a table is: rows of cells, and how messages show them."""
