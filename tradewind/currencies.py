"""How amounts of a currency are written."""

from __future__ import annotations


def symbol(code: str) -> str:
    """What stands before an amount: `€` of EUR, `R$` of BRL; `CHF` and a no-break space where letters do.

    Args:
        code: of a currency, by ISO 4217; one that is not known stands for itself.
    """
    from babel.numbers import get_currency_symbol  # a tenth of a second to import

    found = get_currency_symbol(code, locale="en_US")
    return f"{found}\N{NO-BREAK SPACE}" if found[-1].isalpha() else found
