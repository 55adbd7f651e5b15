"""Tests of the whole stack; a package, so that the shared stack ends with the last of them."""
