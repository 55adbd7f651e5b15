"""Tests of the whole stack: a package, so that the stack they share ends with the last of them."""
