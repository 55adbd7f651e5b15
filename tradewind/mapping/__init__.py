"""Mappings: which columns of a source make rows of a canonical model, such as sales lines."""
