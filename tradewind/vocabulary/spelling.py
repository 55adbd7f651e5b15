"""How spellings of a name are compared."""

from __future__ import annotations

import unicodedata


def plain(name: str) -> str:
    """A name without case, accents, punctuation and spaces: two names that mean the same are equal.

    The macro `spelling` of the dbt project does the same in SQL.
    """
    return "".join(letter for letter in map(_without_accent, name.lower()) if letter.isalnum())


# letters that do not consist of another one and an accent
_LETTERS = dict(zip("æðđħıłœøßþŧ", "addhiloostt", strict=True))


def _without_accent(letter: str) -> str:
    """The letter of the Latin alphabet that a small letter is made from; others stay."""
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else _LETTERS.get(letter, letter)
