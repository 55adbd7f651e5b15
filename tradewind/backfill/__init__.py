"""Builds parts of the warehouse again from the raw rows, as `backfills.yaml` says."""
