"""What builds cost, by the size of the history and of the batch: `python -m benchmarks.build`."""
