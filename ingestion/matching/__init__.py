"""Finds the contract that a table of a file fits."""
