"""The overview on a long history, as viewers see it: `python -m benchmarks.dashboards`."""
