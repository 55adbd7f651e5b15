"""The one signal by which the fast way hands a file to the row reader."""

from __future__ import annotations


class NotBulk(Exception):
    """The row reader must read this file; the text, if any, says what was unexpected.

    Nothing was written, or what was must be rolled back.
    """
