"""Forecasts of published figures, each tested against the past before it is shown."""
