"""Finds out how figures are written, and which type of column holds them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from ingestion.contract.model import Column, ColumnType, NumberFormat
from ingestion.rows.numbers import number_parser
from ingestion.tabular.cells import Cell

#: Signs that may stand before the decimals of a figure.
DECIMALS = (".", ",")

_SIGNS = "$€£¥₹₽₩₪₺₫₱₦₴₡₲₵₸₭₮₼₾฿¢¤₿"
_CODES = (
    "USD EUR GBP CHF BRL INR JPY CNY CAD AUD NZD MXN SEK NOK DKK PLN CZK HUF ZAR TRY Rs. Rs kr. kr zł Kč Ft"
)
_ANY_CODE = "|".join(map(re.escape, _CODES.split()))
_CURRENCY = re.compile(rf"[A-Z]{{0,3}}[{re.escape(_SIGNS)}]|(?<![A-Za-z])(?:{_ANY_CODE})(?![A-Za-z])")
_CORE = re.compile("[0-9][0-9.,'\u2019 \u00a0\u202f]*")
_INDIAN = re.compile(r"[0-9]{1,2}(?:[^0-9][0-9]{2})+[^0-9][0-9]{3}")
#: Without a sign or a fraction, 1E5 is rather a code.
_EXPONENT = re.compile(r"[0-9][eE][+-][0-9]|[0-9][.,][0-9]+[eE][0-9]")

#: What sums of doubles leave far right of their decimals; readers drop it up to `_MOST_CALM` places.
_NOISE, _MOST_CALM = Decimal("1e-9"), 4

#: Wide enough for whatever is a figure at all.
_ANY = Column("any", "any", ColumnType.NUMERIC, "", "", "public", precision=400, scale=64)

_LONGEST_INTEGER, _LONGEST_BIGINT, _WIDEST = 8, 18, 38
_USUAL_PRECISION, _USUAL_SCALE, _MOST_DECIMALS = 18, 2, 20
#: Digits before the point that a column gets beyond those of its values.
_ROOM = 4


class FigureType(NamedTuple):
    """A type of numbers; `rounds` where values have more decimals than a column should keep."""

    type: ColumnType
    precision: int = 0
    scale: int = 0
    rounds: bool = False


class FigureGuess:
    """What the figures of one column are, if `decimal` stands before their decimals.

    `format` grows with what is seen; it means nothing once a cell was not a figure and `fits` is False.
    """

    def __init__(self, decimal: str) -> None:
        self.format = NumberFormat(decimal=decimal, grouping="")
        self.fits = True
        #: Whether a text has signs between its digits, which may mean decimals or groups.
        self.has_signs = False
        self._read = number_parser(_ANY, self.format)
        self._whole = self._scale = self._calm_scale = self._written_scale = self._figures = 0

    def see(self, cell: Cell) -> None:
        """Learn from a cell that is not empty."""
        if not self.fits:
            return
        number = self._number(cell)
        if number is None:
            self.fits = False
            return
        whole, _, decimals = number.partition(".")
        self._whole = max(self._whole, len(whole.lstrip("-0")))
        places = calm_places = len(decimals.rstrip("0"))
        if isinstance(cell, float):
            places, calm_places = _places(cell), _places(cell, _NOISE)
        self._scale = max(self._scale, places)
        self._calm_scale = max(self._calm_scale, calm_places)
        if isinstance(cell, str):
            self._written_scale = max(self._written_scale, len(decimals))
            self.has_signs = self.has_signs or any(sign in cell.strip(" ()-") for sign in DECIMALS)
            self._figures += any("0" <= sign <= "9" for sign in cell)
        else:
            self._figures += 1

    def type(self, *, is_money: bool = False) -> FigureType | None:
        """The type with room to grow; None where the cells are not figures, or too long for any column.

        `is_money` asks for decimals even where no cell has any.
        """
        if not self.fits or not self._figures or self._whole >= _WIDEST:
            return None
        found = self._calm_scale if self._calm_scale <= _MOST_CALM else self._scale
        is_whole = not found and self._written_scale < _USUAL_SCALE
        if is_whole and not (is_money or self.format.currency or self.format.percent):
            if self._whole > _LONGEST_BIGINT:
                return None
            return FigureType(ColumnType.INTEGER if self._whole <= _LONGEST_INTEGER else ColumnType.BIGINT)
        wanted = max(found, _USUAL_SCALE)
        # Rounding may carry into one more digit before the point.
        scale = min(wanted, _MOST_DECIMALS, _WIDEST - 1 - self._whole)
        precision = min(max(_USUAL_PRECISION, self._whole + _ROOM + scale), _WIDEST)
        return FigureType(ColumnType.NUMERIC, precision, scale, rounds=found > scale)

    def _number(self, cell: Cell) -> str | None:
        try:
            return self._read(cell)
        except ValueError:
            if not isinstance(cell, str):
                return None
        self.format = _widened(self.format, cell.strip())
        self._read = number_parser(_ANY, self.format)
        try:
            return self._read(cell)
        except ValueError:
            return None


def joined(formats: list[NumberFormat], decimal: str) -> NumberFormat:
    """The format that reads the figures of all `formats`, whose sign before decimals is `decimal`."""
    groupings = _united(each.groupings for each in formats)
    grouping = "".join(_united(each.grouping for each in formats))
    return NumberFormat(
        decimal=decimal,
        grouping=grouping or ("," if decimal != "," else "."),
        groupings=tuple(sorted(groupings, reverse=True)),
        currency=_united(each.currency for each in formats),
        parentheses=any(each.parentheses for each in formats),
        trailing_minus=any(each.trailing_minus for each in formats),
        dash_is_zero=any(each.dash_is_zero for each in formats),
        percent=any(each.percent for each in formats),
        exponent=any(each.exponent for each in formats),
    )


def _united(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """All that is in the parts, each once."""
    return tuple(dict.fromkeys(each for part in parts for each in part))


def _widened(known: NumberFormat, text: str) -> NumberFormat:
    """The format with all that the text would need to be a figure."""
    text = text.replace("\N{MINUS SIGN}", "-")
    rest = _CURRENCY.sub("", text).strip()
    core = _CORE.search(rest)
    whole = core[0].split(known.decimal)[0].strip() if core else ""
    signs = {sign for sign in whole if not sign.isdecimal()}
    groupings = {"indian" if _INDIAN.fullmatch(whole) else "western"} if signs else set()
    return replace(
        known,
        grouping="".join(_united([known.grouping, sorted(signs)])),
        groupings=_united([known.groupings, sorted(groupings)]),
        currency=_united([known.currency, _CURRENCY.findall(text)]),
        parentheses=known.parentheses or "(" in rest,
        trailing_minus=known.trailing_minus or (bool(core) and rest.endswith("-")),
        dash_is_zero=known.dash_is_zero or rest == "-",
        percent=known.percent or "%" in rest,
        exponent=known.exponent or bool(_EXPONENT.search(rest)),
    )


def _places(number: float, noise: Decimal = Decimal(0)) -> int:
    """Decimals of a workbook's double, without the noise of its last bits and what is at most `noise`."""
    exact, noise = Decimal(repr(number)), max(noise, Decimal(4 * math.ulp(number)))
    most = max(0, -exact.as_tuple().exponent)
    return next((at for at in range(min(most, 17)) if abs(exact - round(exact, at)) <= noise), most)
