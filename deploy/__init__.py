"""Runs Tradewind's programs on one machine, without containers."""
