"""The table that all files are generated from: sales of a web shop, with values that break readers."""

from __future__ import annotations

import random
from datetime import date, timedelta

HEADER = ("DATE", "TIME", "Qty", "PRODUCTID", "Price", "Type", "Description", "URL", "Comments")
#: Columns that are written in quotes, as some programs do.
QUOTED = (6, 7)
ROWS = 83

_KINDS = ("Men's", "Women's", "Kids'", "Girls'")
_THINGS = ("Hiking Boots", "Jacket", "Trail Shoes", "Fly Rods", "Socks", "Vest", "Hat", "Cycling Jersey")
_MEASURES = ('48"', '5" Inseam', '24"', '10"')
_PRAISE = (
    "durable and light, they last for years",
    "made for warm days",
    "a classic: comfortable, simple, yours",
    "you won't want to take them off",
    "keeps you dry in rain and snow, and warm",
)


def source_rows() -> list[list[str]]:
    """The rows below the header; always the same. The last column is empty throughout."""
    chance = random.Random(20230101)
    rows = []
    for i in range(ROWS):
        code = f"{chance.choice('ABGHRY')}{chance.choice('CHINX')}-{chance.randrange(1000, 9999)}"
        name = f"{chance.choice(_KINDS)} {chance.choice(_THINGS)}"
        name += chance.choice(["", "", f", {chance.choice(['Print', 'Plaid', 'Tall'])}"])
        name += f", {chance.choice(_MEASURES)}" if i % 16 == 9 else ""
        text = f"{chance.choice(_THINGS)} {chance.choice(_PRAISE)}."
        text = text.replace("classic", "8\\'9\" classic") if i == 11 else text
        rows.append(
            [
                f"{date(2018, 1, 28) + timedelta(days=i):%d/%m/%Y}",
                f"{i // 4 % 24:02}:{i % 4 * 15:02}",
                str(chance.randrange(34)),
                code,
                f"${chance.randrange(50, 9999) / 100:.{chance.choice([1, 2, 2, 2])}f}",
                name,
                text,
                f"https://www.example.com/product/{code.replace('-', '_')}.html",
                "",
            ]
        )
    return rows
