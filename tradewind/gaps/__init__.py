"""Finds the days and months that a source should have rows of, and has not."""
