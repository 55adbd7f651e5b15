"""What the figures of a sample say about each other: which multiply, add up, or are the whole order's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

Numbers = Sequence[Decimal | None]

#: Share of the rows that must agree, and how many rows it takes.
_SHARE = 0.98
_ROWS = 5

#: Orders of several lines that it takes to tell whose a figure is.
_ORDERS = 5


def holds(expected: Callable[..., Decimal], result: Numbers, *inputs: Numbers) -> bool:
    """Whether `expected`, computed from the inputs, is the result in nearly all rows where all are known.

    A cent of rounding is allowed, and half a unit of the last place that the result is written with.
    """
    agree = rows = 0
    for wanted, *given in zip(result, *inputs, strict=True):
        if wanted is None or None in given:
            continue
        rows += 1
        agree += abs(expected(*given) - wanted) <= Decimal("0.01")
    return rows >= _ROWS and agree >= _SHARE * rows


def differs(one: Numbers, other: Numbers) -> bool:
    """Whether two columns differ in more than a few rows."""
    return not holds(lambda value: value, one, other)


def is_constant_of(values: Numbers, members: Sequence[str | None], beside: Numbers) -> bool | None:
    """Whether a figure stays the same for a member, as a price does for a product, while `beside` changes.

    None where no member has rows enough to tell.
    """
    found: dict[str, set[Decimal]] = defaultdict(set)
    others: dict[str, set[Decimal]] = defaultdict(set)
    for value, member, other in zip(values, members, beside, strict=True):
        if value is not None and member is not None and other is not None:
            found[member].add(value)
            others[member].add(other)
    telling = [member for member, seen in others.items() if len(seen) > 1]
    if not telling:
        return None
    return sum(len(found[member]) == 1 for member in telling) >= 0.5 * len(telling)


def is_of_the_order(values: Numbers, orders: Sequence[str | None], lines: Numbers) -> bool:
    """Whether a figure is the whole order's, said on its first line or again on each of them.

    A sum over lines would count it several times. `lines` is a figure that differs between lines.
    """
    of_order: dict[str, list[Decimal | None]] = defaultdict(list)
    of_lines: dict[str, set[Decimal | None]] = defaultdict(set)
    for value, order, line in zip(values, orders, lines, strict=True):
        if order is not None:
            of_order[order].append(value)
            of_lines[order].add(line)
    several = [order for order, seen in of_lines.items() if len(seen) > 1]
    if len(several) < _ORDERS:
        return False
    # said on the first line alone, or the same on each
    once = sum(len({each for each in of_order[order] if each is not None}) <= 1 for order in several)
    return once >= _SHARE * len(several)


def is_of_some_lines(values: Numbers, lines: Numbers) -> bool:
    """Whether a figure is empty on many lines that have others, as a total on an order's first line alone."""
    known = [value for value, line in zip(values, lines, strict=True) if line is not None]
    return len(known) >= _ROWS and sum(value is None for value in known) >= 0.1 * len(known)


def stands_once(values: Sequence[str | None], orders: Sequence[str | None]) -> bool:
    """Whether a text stands on some lines of an order alone, and never two different ones in one order."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for value, order in zip(values, orders, strict=True):
        if order is not None:
            found[order].add(value)
    some = sum(None in each and len(each) > 1 for each in found.values())
    return some >= _ORDERS and all(len(each - {None}) <= 1 for each in found.values())


def is_percent(values: Numbers) -> bool:
    """Whether shares are written as 15 and not as 0.15."""
    known = [abs(each) for each in values if each is not None]
    return bool(known) and max(known) > 1


def are_shares(values: Numbers) -> bool:
    """Whether values may be shares of something, in either form."""
    known = [each for each in values if each is not None]
    return bool(known) and all(0 <= each <= 100 for each in known)
