"""The databases and their logins, each with the least rights it needs."""
