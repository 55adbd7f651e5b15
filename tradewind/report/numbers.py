"""Figures as the dashboards write them: the part of d3's formats that the metrics use."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tradewind.currencies import symbol
from tradewind.dashboards.formats import FORMAT

_LETTERS = {3: "k", 6: "M", 9: "B", 12: "T"}
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"


def shown(
    value: Decimal | int | None, spec: str | None, currency: str | None = None, reporting: str = "USD"
) -> str:
    """A figure by a d3 format such as `$,.3s`, as `figures.js` writes it: `$119M`; a dash for null.

    Args:
        currency: code of the metric's own currency.
        reporting: code of the currency that `$` in the format stands for.

    Raises:
        ValueError: for a format of another kind.
    """
    if value is None:
        return NOTHING
    found = FORMAT.fullmatch(spec or ",.3s")
    if not found:
        raise ValueError(f"no such format: {spec}")
    value = Decimal(value)
    places = int(found["digits"]) if found["digits"] else 6
    if found["kind"] == "s":
        text = _size(abs(value), places, trims=bool(found["trims"]), is_money=bool(found["symbol"]))
    elif found["kind"] == "%":
        text = _fixed(abs(value) * 100, places) + "%"
    else:
        text = _fixed(abs(value), 0 if found["kind"] == "d" else places)
    is_zero = not any(letter in "123456789" for letter in text)
    sign = "" if is_zero else MINUS if value < 0 else found["sign"]
    before = f"{symbol(currency).strip()} " if currency else found["symbol"] and symbol(reporting)
    return f"{sign}{before}{text}"


def _fixed(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def _size(value: Decimal, digits: int, *, trims: bool, is_money: bool) -> str:
    """In full below 10,000; else so many significant digits, and a thousand, a million as a letter."""
    if value < Decimal("9999.5"):
        if value >= 100 or value == value.to_integral_value():
            return _fixed(value, 0)
        return _fixed(value, 2) if is_money else _trimmed(_fixed(value, 2))
    rounded = _significant(value, digits)
    exponent = min(12, rounded.adjusted() // 3 * 3)
    scaled = _significant(rounded, digits).scaleb(-exponent)
    text = f"{scaled:,f}"
    return (_trimmed(text) if trims else text) + _LETTERS[exponent]


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _significant(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(value.adjusted() - digits + 1), ROUND_HALF_UP)
