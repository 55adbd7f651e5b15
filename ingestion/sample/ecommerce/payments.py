"""How orders are paid."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

#: Share of orders.
_TYPES = {"credit_card": 76, "boleto": 20, "debit_card": 1.6, "voucher": 2.4}

#: Share of credit card payments by instalments.
_INSTALMENTS = {1: 33, 2: 16, 3: 14, 4: 9, 5: 7, 6: 5, 8: 5, 10: 7, 12: 1}

#: Share of orders that are paid in several ways; the first part are vouchers.
_SPLIT = 0.035

#: Instalments are for what costs more than this, in Brazilian reais.
_SMALL = Decimal(40)

_CENT = Decimal("0.01")


def payments(total: Decimal, chance: random.Random) -> Iterator[tuple[str, int, Decimal]]:
    """Type, instalments and value of each payment; together they are the total."""
    kind = chance.choices(list(_TYPES), list(_TYPES.values()))[0]
    if chance.random() < _SPLIT:
        if kind == "boleto":  # is for all or nothing
            kind = "credit_card"
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            part = (total * chance.randrange(10, 60) / 100).quantize(_CENT, ROUND_HALF_UP)
            yield "voucher", 1, part
            total -= part
    instalments = 1
    if kind == "credit_card" and total > _SMALL:
        instalments = chance.choices(list(_INSTALMENTS), list(_INSTALMENTS.values()))[0]
    yield kind, instalments, total
