"""Words that sources write in many ways: countries, what they are called, and names nobody knows."""
