"""Each module's warehouse begins with sample sales that are built and published."""
