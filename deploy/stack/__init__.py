"""The programs that run: what they are, their supervisor, and how they are."""
