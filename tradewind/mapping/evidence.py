"""What the figures of a sample say about each other: which multiply, add up, or are the whole order's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

Numbers = Sequence[Decimal | None]

#: Share of the rows that must agree, and the fewest rows that prove anything.
_SHARE = 0.98
_ROWS = 5

#: The fewest orders of several lines that prove anything.
_ORDERS = 5

_CENT = Decimal("0.01")


def holds(expected: Callable[..., Decimal], result: Numbers, *inputs: Numbers) -> bool:
    """Whether `expected`, computed from the inputs, is the result in nearly all rows, within a cent.

    Only rows count in which all are known and the last input, which is the one in question, is not zero:
    a discount of zero fits every rule.
    """
    agree = rows = 0
    for wanted, *given in zip(result, *inputs, strict=True):
        if wanted is None or None in given or not given[-1]:
            continue
        rows += 1
        agree += abs(expected(*given) - wanted) <= _CENT
    return rows >= _ROWS and agree >= _SHARE * rows


def is_steady(part: Numbers, whole: Numbers) -> bool:
    """Whether one figure is the same share of another in nearly all rows, as a tax is."""
    shares = [
        round(one / other, 2)
        for one, other in zip(part, whole, strict=True)
        if one and other is not None and other
    ]
    return len(shares) >= _ROWS and max(map(shares.count, set(shares))) >= 0.9 * len(shares)


def spread(values: Numbers, members: Sequence[str | None]) -> Decimal | None:
    """How much a figure varies within a member, as a product, relative to its size: the mean over members.

    None where no member has several rows.
    """
    found: dict[str, list[Decimal]] = defaultdict(list)
    for value, member in zip(values, members, strict=True):
        if value is not None and member is not None:
            found[member].append(value)
    spreads = [
        (max(each) - min(each)) / max(map(abs, each))
        for each in found.values()
        if len(each) > 1 and any(each)
    ]
    return sum(spreads, Decimal(0)) / len(spreads) if spreads else None


def is_of_the_order(values: Numbers, orders: Sequence[str | None], lines: Sequence[object]) -> bool:
    """Whether a figure is the whole order's, said on one of its lines or again on each of them.

    A sum over lines would miss it on some of them, or count it several times. `lines` differs between the
    lines of an order. Orders without the figure, or with zero, prove nothing.
    """
    of_order: dict[str, list[Decimal | None]] = defaultdict(list)
    of_lines: dict[str, set[object]] = defaultdict(set)
    for value, order, line in zip(values, orders, lines, strict=True):
        if order is not None:
            of_order[order].append(value)
            of_lines[order].add(line)
    several = [order for order, seen in of_lines.items() if len(seen) > 1 and any(of_order[order])]
    if len(several) < _ORDERS:
        return False
    once = sum(
        (of_order[order].count(None) == len(of_order[order]) - 1) or len(set(of_order[order])) == 1
        for order in several
    )
    return once >= _SHARE * len(several)


def stands_once(values: Sequence[object], orders: Sequence[str | None]) -> bool:
    """Whether something stands on some lines of an order only, and never twice with two values."""
    found: dict[str, set[object]] = defaultdict(set)
    for value, order in zip(values, orders, strict=True):
        if order is not None:
            found[order].add(value)
    some = sum(None in each and len(each) > 1 for each in found.values())
    return some >= _ORDERS and all(len(each - {None}) <= 1 for each in found.values())


def is_percent(values: Numbers) -> bool:
    """Whether shares are written as 15 and not as 0.15."""
    return any(abs(each) > 1 for each in values if each is not None)


def are_shares(values: Numbers) -> bool:
    """Whether all values are from 0 to 1."""
    return all(0 <= each <= 1 for each in values if each is not None)
