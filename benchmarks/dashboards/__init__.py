"""The overview on a long history, as its viewers get it: `python -m benchmarks.dashboards`."""

# The modules of superset/ are found by their folder, which this import adds.
import tradewind.superset_assets  # noqa: F401
