"""The databases and their logins, with the least rights that each needs."""
