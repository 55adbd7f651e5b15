"""The warehouse as the loader needs it: the connection, its tables and their migration."""
