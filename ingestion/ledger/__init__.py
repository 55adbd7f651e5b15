"""What is known of every load, in schema `ops`: its tables, what writes them and what reads them."""
