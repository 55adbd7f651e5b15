"""Files as they come: the landing folder, what a file is by its bytes, and what it packs."""
