"""From a fresh clone, or any unfinished state, to a running warehouse: `make up`."""
