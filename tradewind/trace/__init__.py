"""Traces a figure of the dashboards to the lines of the files that it is the sum of."""
