"""What the loader has to say: why rows are refused and files held, and what else to know of them."""
