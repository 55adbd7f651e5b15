"""The overview on a long history, as viewers see it: `python -m benchmarks.dashboards`."""

# The modules in superset/ are imported through their folder, which this import adds to the path.
import tradewind.superset_assets  # noqa: F401
