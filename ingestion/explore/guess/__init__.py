"""Guesses what a table that nobody has described yet holds, from its headers and cells alone."""
