"""Keeps the installation small: removes what nothing needs any more, and vacuums the warehouse."""
