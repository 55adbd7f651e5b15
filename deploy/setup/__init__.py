"""From a fresh clone, or any half-made state, to a running warehouse: `make up`."""
