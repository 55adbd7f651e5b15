"""Ids as Olist has them."""

from __future__ import annotations

import random


def new_id(chance: random.Random) -> str:
    """32 hexadecimal digits."""
    return f"{chance.getrandbits(128):032x}"
