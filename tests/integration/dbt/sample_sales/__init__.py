"""Each module's warehouse starts with sample sales that are built and published."""
