"""Forecasts tested on the past and on figures they did not know: `python -m benchmarks.forecast`."""
