"""What a change of the project touches: models, metrics, charts, dashboards and roles."""
