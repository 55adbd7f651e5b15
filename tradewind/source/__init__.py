"""`make source`: from a company's own files to figures, in one command or as a conversation."""
