"""Text tables in any dialect and encoding."""
