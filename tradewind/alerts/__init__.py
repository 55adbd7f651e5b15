"""Tells people what went wrong, once per cause, and once more when it is over."""
