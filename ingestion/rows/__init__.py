"""From cells to values: parsers of numbers, dates and texts, and the checks of a row."""
