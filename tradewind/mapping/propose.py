"""Proposes a mapping from names, types, values and arithmetic.

Names come first. Then the figures of a sample decide what names leave open: whether a discount is an amount
or a rate, whether a cost is a unit's or the line's, whether an amount is the line's or the order's. What is
not found is left out, and is null.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from tradewind.mapping import evidence
from tradewind.mapping.canonical import CanonicalModel, canonical_columns
from tradewind.mapping.expressions import Kind
from tradewind.mapping.guesses import Guesses
from tradewind.mapping.joins import find_joins
from tradewind.mapping.proposal import Guess, Proposal, ProposedJoin, Sureness
from tradewind.mapping.samples import Sample

#: Amounts that some exports give once per order.
_OF_ORDERS = ("sales", "gross_sales", "discounts", "tax", "shipping", "cogs", "profit")

_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "R$": "BRL"}

#: A currency by ISO 4217.
_CODE = re.compile(r"[A-Z]{3}")

#: Profit is the second less the third.
_OF_PROFIT = ("profit", "sales", "cogs")

#: What sales are, by what a discount is: of units, their price and the discount.
_DISCOUNTS = {
    "discounts": lambda units, price, discount: units * price - discount,
    "discount_rate": lambda units, price, discount: units * price * (1 - discount),
    "per_cent": lambda units, price, discount: units * price * (1 - discount / 100),
}


def propose(
    sample: Sample, references: Sequence[Sample] = (), model: CanonicalModel = CanonicalModel.SALES_LINES
) -> Proposal:
    """A mapping of the sampled source, with the `references` joined whose key one of its columns names."""
    joined = find_joins(sample, references)
    guesses = Guesses(sample, joined, canonical_columns(model))
    guesses.by_name()
    while _drop_totals_of_orders(guesses):
        # another column may be the line's own
        guesses.by_name()
    _settle_discount(guesses)
    _settle_sales(guesses)
    _settle_cost(guesses)
    _settle_profit(guesses)
    _add_currency(guesses)
    found = {
        column.name: guesses.found[column.name] for column in guesses.columns if column.name in guesses.found
    }
    return Proposal(sample.contract, model, found, _used(guesses), guesses.notes, _of_order(guesses))


def _of_order(guesses: Guesses) -> list[str]:
    """Texts and days that stand on an order's first line alone."""
    orders = guesses.texts("order_number")
    return [
        column.name
        for column in guesses.columns
        if orders and column.kind is not Kind.NUMBER and column.name in guesses.found
        if (values := guesses.texts(column.name)) and evidence.stands_once(values, orders)
    ]


def _used(guesses: Guesses) -> dict[str, ProposedJoin]:
    """The joins that an expression reads, or that lead to one of these."""
    read = {
        table
        for guess in guesses.found.values()
        for table in guesses.joined
        if f"{table}." in guess.expression
    }
    for name in reversed(guesses.joined):
        if name in read:
            read |= {
                named.partition(".")[0] for named in guesses.joined[name].join.key.values() if "." in named
            }
    return {name: each.join for name, each in guesses.joined.items() if name in read}


def _drop_totals_of_orders(guesses: Guesses) -> bool:
    """Take back amounts that are said once per order; whether there was one."""
    orders, units = guesses.texts("order_number"), guesses.figures("units_sold")
    if units is None:
        return False
    before = len(guesses.notes)
    price = guesses.figures("sale_price")
    lines = units if price is None else _products(units, price)
    for target in _OF_ORDERS:
        figures = guesses.figures(target)
        if not figures:
            continue
        if evidence.is_of_some_lines(figures, lines):
            guesses.drop(target, "it is empty on many lines, as what is said once per order")
        elif any(figures) and orders and evidence.is_of_the_order(figures, orders, lines):
            guesses.drop(target, "it is the whole order's, and would count once per line")
    return len(guesses.notes) > before


def _settle_discount(guesses: Guesses) -> None:
    """A column called discount may hold amounts, shares, or shares in per cent."""
    said = [each for each in ("discounts", "discount_rate") if each in guesses.found]
    if len(said) == 1:
        kind, why = _kind_of_discount(guesses, said[0])
        target = "discounts" if kind == "discounts" else "discount_rate"
        sureness = Sureness.SURE if why else guesses.found[said[0]].sureness
        guesses.move(said[0], target, sureness, why or guesses.found[said[0]].why)
    rate = guesses.figures("discount_rate")
    if rate and evidence.is_percent(rate):
        guess = guesses.found["discount_rate"]
        guesses.found["discount_rate"] = Guess(
            f"{guess.expression} / 100.0", guess.sureness, "it is in per cent"
        )


def _kind_of_discount(guesses: Guesses, said: str) -> tuple[str, str]:
    """What a discount is, and what proves it."""
    figures = guesses.figures(said)
    known = [guesses.figures(each) for each in ("sales", "units_sold", "sale_price")]
    if figures and any(figures) and all(known):
        sales, units, price = known
        for kind, rule in _DISCOUNTS.items():
            if evidence.holds(rule, sales, units, price, figures):
                return kind, "units at their price less it are the sales"
    if figures and said == "discounts" and evidence.are_shares(figures) and not evidence.is_percent(figures):
        return "discount_rate", "no value is above 1" if any(figures) else ""
    return said, ""


def _settle_sales(guesses: Guesses) -> None:
    """Prove the sales; where no column holds them they are units at their price."""
    sales, units, price = (guesses.figures(each) for each in ("sales", "units_sold", "sale_price"))
    if units and price and not {"sales", "gross_sales"} & guesses.found.keys() and not _has_discount(guesses):
        expression = f"{guesses.found['units_sold'].expression} * {guesses.found['sale_price'].expression}"
        del guesses.found["sale_price"]
        guesses.found["sales"] = Guess(expression, Sureness.LIKELY, "no column holds amounts of lines")
    elif "sales" not in guesses.found and "gross_sales" in guesses.found and not _has_discount(guesses):
        expression = guesses.found["gross_sales"].expression
        guesses.found["sales"] = Guess(
            expression, Sureness.GUESS, "no discount is known: gross sales stand in"
        )
    elif units and price and sales and _holds_tax(guesses):
        sales_of, tax = guesses.found["sales"].expression, guesses.found["tax"].expression
        guesses.found["sales"] = Guess(
            f"{sales_of} - {tax}", Sureness.SURE, "units at their price are it less tax"
        )
        guesses.drop("sale_price", "it is the price that was paid, and says nothing of discounts")
    elif units and price and sales and evidence.holds(_product, sales, units, price):
        guesses.prove("sales", "they are units at their price")
        guesses.drop("sale_price", "it is the price that was paid, and says nothing of discounts")
    elif units and price and sales and not _is_price_before_discount(guesses):
        guesses.drop("sale_price", "units at this price are not the sales, and no discount explains it")


def _holds_tax(guesses: Guesses) -> bool:
    """Whether the amounts are units at their price and the tax on them, and no profit says otherwise."""
    if all(map(guesses.figures, _OF_PROFIT)) and evidence.holds(
        _difference, *map(guesses.figures, _OF_PROFIT)
    ):
        return False
    figures = [guesses.figures(each) for each in ("sales", "units_sold", "sale_price", "tax")]
    return (
        all(figures) and any(figures[3]) and evidence.holds(lambda n, price, tax: n * price + tax, *figures)
    )


def _has_discount(guesses: Guesses) -> bool:
    return bool({"discounts", "discount_rate"} & guesses.found.keys())


def _is_price_before_discount(guesses: Guesses) -> bool:
    sales, units, price = (guesses.figures(each) for each in ("sales", "units_sold", "sale_price"))
    gross = guesses.figures("gross_sales")
    if gross and evidence.holds(_product, gross, units, price):
        return True
    amount = guesses.figures("discounts")
    if amount and evidence.holds(_DISCOUNTS["discounts"], sales, units, price, amount):
        return True
    guess = guesses.found.get("discount_rate")
    if guess is None:
        return False
    is_percent = guess.expression.endswith(" / 100.0")
    rate = guesses.figures_of(guess.expression.removesuffix(" / 100.0"))
    rule = _DISCOUNTS["per_cent" if is_percent else "discount_rate"]
    return bool(rate and evidence.holds(rule, sales, units, price, rate))


def _settle_cost(guesses: Guesses) -> None:
    """A cost is a unit's or the line's."""
    said = [each for each in ("unit_cost", "cogs") if each in guesses.found]
    if len(said) != 1:
        return
    target, why = _kind_of_cost(guesses, said[0])
    if why:
        guesses.move(said[0], target, Sureness.SURE, why)


def _kind_of_cost(guesses: Guesses, said: str) -> tuple[str, str]:
    """Whose a cost is, and what proves it."""
    cost, units = guesses.figures(said), guesses.figures("units_sold")
    sales, profit = guesses.figures("sales"), guesses.figures("profit")
    if cost and sales and profit:
        if evidence.holds(_difference, profit, sales, cost):
            return "cogs", "sales less it are the profit"
        if units and evidence.holds(lambda amount, cost, n: amount - cost * n, profit, sales, cost, units):
            return "unit_cost", "sales less it for each unit are the profit"
    if "." in guesses.found[said].expression:
        return "unit_cost", "it stands with the product, not with the sale"
    products = guesses.texts("product_code") or guesses.texts("product")
    if cost and units and products:
        is_constant = evidence.is_constant_of(cost, products, units)
        if is_constant is not None:
            return (
                ("unit_cost", "it does not change with the units")
                if is_constant
                else (
                    "cogs",
                    "it changes with the units",
                )
            )
    return said, ""


def _settle_profit(guesses: Guesses) -> None:
    profit, sales, cogs = (guesses.figures(each) for each in ("profit", "sales", "cogs"))
    if profit and sales and all(abs(each) <= 1 for each in profit if each is not None) and _is_large(sales):
        guesses.drop("profit", "no value is above 1: it is a share of sales")
    elif profit and sales and cogs:
        if evidence.holds(_difference, profit, sales, cogs):
            guesses.prove("profit", "it is sales less their cost")
            guesses.prove("cogs", "sales less it are the profit")
        else:
            guesses.drop("cogs", "sales less it are not the profit")


def _add_currency(guesses: Guesses) -> None:
    """The currency of the sign that the source writes, where no column names one."""
    named = guesses.texts("currency")
    if named and not all(_CODE.fullmatch(each) for each in named if each):
        guesses.drop("currency", "it does not hold codes of three letters")
    signs = {
        _CURRENCIES[each] for each in guesses.sample.contract.number_format.currency if each in _CURRENCIES
    }
    if "currency" not in guesses.found and len(signs) == 1:
        guesses.found["currency"] = Guess(f"'{signs.pop()}'", Sureness.LIKELY, "by the sign of its amounts")


def _difference(amount: Decimal, cost: Decimal) -> Decimal:
    return amount - cost


def _product(units: Decimal, price: Decimal) -> Decimal:
    return units * price


def _products(units: evidence.Numbers, price: evidence.Numbers) -> evidence.Numbers:
    return [None if None in pair else _product(*pair) for pair in zip(units, price, strict=True)]


def _is_large(figures: evidence.Numbers) -> bool:
    return any(abs(each) > 10 for each in figures if each is not None)
