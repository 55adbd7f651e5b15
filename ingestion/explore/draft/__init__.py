"""Drafts the contract of a file, for a person to complete."""
