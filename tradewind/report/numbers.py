"""Figures as the dashboards write them: the part of d3's formats that the metrics use."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from tradewind.currencies import symbol

_FORMAT = re.compile(r"(\+?)(\$?)(,?)(?:\.(\d+))?(~?)([sfd%])")
_PREFIXES = {0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


def shown(
    value: Decimal | int | None, spec: str | None, currency: str | None = None, reporting: str = "USD"
) -> str:
    """A figure by a d3 format such as `$,.4~s`: `$118.7M`; a dash for null.

    Args:
        currency: code of the metric's own currency.
        reporting: code of the currency that `$` in the format stands for.

    Raises:
        ValueError: for a format of another kind.
    """
    if value is None:
        return NOTHING
    found = _FORMAT.fullmatch(spec or ",.4~s")
    if not found:
        raise ValueError(f"no such format: {spec}")
    plus, dollar, comma, digits, trims, kind = found.groups()
    value = Decimal(value)
    places = int(digits) if digits else None
    if kind == "s":
        text = _with_prefix(abs(value), places or 6, bool(trims))
    elif kind == "%":
        text = _fixed(abs(value) * 100, 6 if places is None else places, comma) + "%"
    else:
        text = _fixed(abs(value), 0 if kind == "d" else 6 if places is None else places, comma)
    is_zero = not any(letter in "123456789" for letter in text)
    sign = MINUS if value < 0 and not is_zero else "+" if plus and not is_zero else ""
    before = f"{symbol(currency).strip()} " if currency else dollar and symbol(reporting)
    return f"{sign}{before}{text}"


def _fixed(value: Decimal, places: int, comma: str) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):{comma}f}"


def _with_prefix(value: Decimal, digits: int, trims: bool) -> str:
    """So many significant digits, and a thousand, a million as a letter."""
    if value == 0:
        return "0"
    rounded = _significant(value, digits)
    exponent = max(0, min(12, rounded.adjusted() // 3 * 3))
    text = f"{_significant(value, digits).scaleb(-exponent):f}"
    if trims and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text + _PREFIXES[exponent]


def _significant(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), ROUND_HALF_UP)
