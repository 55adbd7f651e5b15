"""Dashboards as code: the assets of `superset/` read, checked, imported into Superset and brought back.

Two environments use it: the pipeline's, and Superset's own. Only there `access` and `metadata` can be
imported, which change Superset itself.
"""
