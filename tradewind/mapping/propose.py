"""Proposes a mapping from names, types, values and arithmetic.

Names come first. Then the figures of a sample decide what names leave open: whether a discount is an amount
or a rate, whether a cost is per unit or per line, whether an amount is the line's or the order's, whether it
includes tax. What the figures do not prove is not called sure, and what is not found is null.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from ingestion.explore.guess.names import words
from tradewind.mapping import evidence, names
from tradewind.mapping.canonical import CanonicalModel, canonical_columns, intake
from tradewind.mapping.evidence import Numbers
from tradewind.mapping.expressions import Kind
from tradewind.mapping.guesses import Guesses
from tradewind.mapping.joins import find_joins
from tradewind.mapping.proposal import Guess, Proposal, ProposedJoin, Sureness
from tradewind.mapping.samples import Sample

#: Amounts that some exports give once per order.
_OF_ORDERS = ("sales", "gross_sales", "discounts", "tax", "shipping", "cogs", "profit")

_CURRENCIES = {"$": "USD", "US$": "USD", "€": "EUR", "EURO": "EUR", "£": "GBP", "R$": "BRL", "₹": "INR"}

#: A currency by ISO 4217.
_CODE = re.compile(r"[A-Z]{3}")

#: Companies of one source; where there are more, they are likely to be whom it sells to.
_MOST_COMPANIES = 50

#: Names of amounts that say nothing of what they are the amount of.
_BARE = frozenset(["total", "amount", "value", "sum", "betrag", "montant", "importe", "monto", "valor"])

#: What a discount may be, and what sales then are: of units, their price and the discount.
_DISCOUNTS = {
    "discounts": lambda units, price, discount: units * price - discount,
    "discount_rate": lambda units, price, discount: units * price * (1 - discount),
    "percent": lambda units, price, discount: units * price * (1 - discount / 100),
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
    _settle_gross(guesses)
    _settle_discount(guesses)
    _settle_sales(guesses)
    _settle_cost(guesses)
    _settle_profit(guesses)
    _settle_company(guesses)
    _add_currency(guesses)
    _note_units(guesses, model)
    found = {
        column.name: guesses.found[column.name] for column in guesses.columns if column.name in guesses.found
    }
    return Proposal(sample.contract, model, found, _used(guesses), guesses.notes, _of_order(guesses))


def _drop_totals_of_orders(guesses: Guesses) -> bool:
    """Withdraw amounts that are said once per order; whether there was one."""
    orders = guesses.texts("order_number")
    if orders is None:
        return False
    before = len(guesses.notes)
    # what differs between lines of an order: at worst, that they are lines
    lines = guesses.figures("units_sold") or guesses.texts("product") or range(len(orders))
    price = guesses.figures("sale_price")
    if price and guesses.figures("units_sold"):
        lines = _each(_product, guesses.figures("units_sold"), price)
    for target in _OF_ORDERS:
        figures = guesses.figures(target)
        if figures is None:
            continue
        if evidence.is_of_the_order(figures, orders, lines) or (
            not any(figures) and evidence.stands_once(figures, orders)
        ):
            guesses.drop(target, "it is the order's amount, and not the line's")
    return len(guesses.notes) > before


def _settle_gross(guesses: Guesses) -> None:
    """Gross sales are before discounts; the gross of an invoice is with tax."""
    gross, sales, tax, discounts = map(guesses.figures, ("gross_sales", "sales", "tax", "discounts"))
    units, price = guesses.figures("units_sold"), guesses.figures("sale_price")
    if gross is None or sales is None:
        return
    more = _each(_difference, gross, sales)
    if tax and evidence.holds(lambda tax: tax, more, tax):
        guesses.drop("gross_sales", "it is the sales with tax")
    elif discounts and not evidence.holds(_difference, sales, gross, discounts) and any(discounts):
        guesses.drop("gross_sales", "less the discounts it is not the sales")
    elif not discounts and evidence.is_steady(more, sales):
        guesses.drop("gross_sales", "it is the same percentage above the sales in all rows, as a tax is")
    elif units and price and evidence.holds(_product, gross, units, price):
        guesses.prove("gross_sales", "quantity * price equals it")


def _settle_discount(guesses: Guesses) -> None:
    """A column called discount may hold amounts, shares, or percentages."""
    said = [each for each in ("discounts", "discount_rate") if each in guesses.found]
    if len(said) == 1:
        _settle_one_discount(guesses, said[0])
    rate = guesses.figures("discount_rate")
    if rate and evidence.is_percent(rate):
        guess = guesses.found["discount_rate"]
        guesses.found["discount_rate"] = Guess(
            f"{guess.expression} / 100.0", guess.sureness, f"{guess.why}; values are percentages"
        )


def _settle_one_discount(guesses: Guesses, said: str) -> None:
    figures = guesses.figures(said)
    if figures is None:
        return
    header, guess = guesses.header(said), guesses.found[said]
    if proven := _proven_discount(guesses, figures):
        target = "discounts" if proven == "discounts" else "discount_rate"
        guesses.move(said, target, Sureness.SURE, "quantity * price less it equals the sales")
    elif not any(figures):
        is_rate = names.says_percent(header)
        target = "discount_rate" if is_rate else "discounts"
        guesses.move(said, target, Sureness.GUESS, "all values are zero, which says nothing of its unit")
    elif names.says_percent(header):
        guesses.move(said, "discount_rate", Sureness.LIKELY, guess.why)
    elif said == "discounts" and evidence.are_shares(figures) and not names.says_amount(header):
        guesses.move(said, "discount_rate", Sureness.LIKELY, "all values are from 0 to 1")
    else:
        guesses.found[said] = Guess(guess.expression, Sureness.LIKELY, guess.why)
    _settle_sign_and_blanks(guesses)


def _proven_discount(guesses: Guesses, figures: Numbers) -> str | None:
    known = [guesses.figures(each) for each in ("sales", "units_sold", "sale_price")]
    if not all(known):
        return None
    sales, units, price = known
    right = [kind for kind, rule in _DISCOUNTS.items() if evidence.holds(rule, sales, units, price, figures)]
    return right[0] if len(right) == 1 else None


def _settle_sign_and_blanks(guesses: Guesses) -> None:
    figures = guesses.figures("discounts")
    if not figures:
        return
    guess = guesses.found["discounts"]
    expression, why, sureness = guess.expression, guess.why, guess.sureness
    if any(figures) and all(each <= 0 for each in figures if each is not None):
        expression, why = f"-{expression}", "the source writes discounts as negative amounts"
    if None in figures and any(each is not None for each in figures):
        expression = f"coalesce({expression}, 0)"
        why, sureness = "an empty cell is taken as no discount", Sureness.GUESS
    guesses.found["discounts"] = Guess(expression, sureness, why)


def _settle_sales(guesses: Guesses) -> None:
    """Prove the sales; where no column holds them they are units at their price."""
    sales, units, price = (guesses.figures(each) for each in ("sales", "units_sold", "sale_price"))
    amounts = {"sales", "gross_sales"} & guesses.found.keys()
    has_discount = {"discounts", "discount_rate"} & guesses.found.keys()
    if units and price and not amounts and not has_discount:
        expression = _times(guesses, "units_sold", "sale_price")
        del guesses.found["sale_price"]
        guesses.found["sales"] = Guess(expression, Sureness.LIKELY, "no column holds amounts of lines")
    elif amounts == {"gross_sales"} and not has_discount:
        expression = guesses.found["gross_sales"].expression
        guesses.found["sales"] = Guess(
            expression, Sureness.GUESS, "no discount was found: gross sales stand in"
        )
    elif units and price and sales and _includes_tax(guesses):
        of_sales, tax = guesses.found["sales"].expression, guesses.found["tax"].expression
        why = "quantity * price equals it less the tax"
        guesses.found["sales"] = Guess(f"{of_sales} - {tax}", Sureness.SURE, why)
        guesses.drop("sale_price", "it is the price actually paid, so it cannot show discounts")
    elif units and price and sales and evidence.holds(_product, sales, units, price):
        guesses.prove("sales", "quantity * price equals it")
        guesses.drop("sale_price", "it is the price actually paid, so it cannot show discounts")
    elif units and price and sales and not _is_price_before_discount(guesses):
        guesses.drop("sale_price", "quantity * price does not equal the sales, and no discount explains it")
    _doubt_bare_totals(guesses)
    _doubt_tax(guesses)


def _doubt_bare_totals(guesses: Guesses) -> None:
    """A column called nothing but `Total` may be the order's: it is not sure unless figures prove it."""
    guess = guesses.found.get("sales")
    header = set(words(guesses.headers.get(guess.expression, ""))) if guess else set()
    if guess and header and header <= _BARE and guess.why.startswith("by the name"):
        why = f"{guess.why}; nothing shows that it is the line's"
        guesses.found["sales"] = Guess(guess.expression, Sureness.LIKELY, why)


def _doubt_tax(guesses: Guesses) -> None:
    """Where there is tax, and nothing shows that the sales are without it, they are not sure."""
    tax = guesses.figures("tax")
    guess = guesses.found.get("sales")
    if (
        not tax
        or not any(tax)
        or guess is None
        or " - " in guess.expression
        or "gross_sales" in guesses.found
    ):
        return
    header = guesses.headers.get(guess.expression, "")
    if {"net", "netto", "ht", "neto", "liquido"}.isdisjoint(words(header)):
        why = f"{guess.why}; whether it includes the tax is not known"
        guesses.found["sales"] = Guess(guess.expression, min(guess.sureness, Sureness.LIKELY, key=_rank), why)


def _rank(sureness: Sureness) -> int:
    return [Sureness.GUESS, Sureness.LIKELY, Sureness.SURE].index(sureness)


def _times(guesses: Guesses, one: str, other: str) -> str:
    """The product of two columns; of whole numbers in a form that does not overflow."""
    expression = f"{guesses.found[one].expression} * {guesses.found[other].expression}"
    return f"1.0 * {expression}" if guesses.is_whole(one) and guesses.is_whole(other) else expression


def _includes_tax(guesses: Guesses) -> bool:
    """Whether the amounts are units at their price and the tax on them, and no profit says otherwise."""
    of_profit = [guesses.figures(each) for each in ("profit", "sales", "cogs")]
    if all(of_profit) and evidence.holds(_difference, *of_profit):
        return False
    figures = [guesses.figures(each) for each in ("sales", "units_sold", "sale_price", "tax")]
    return all(figures) and evidence.holds(lambda units, price, tax: units * price + tax, *figures)


def _is_price_before_discount(guesses: Guesses) -> bool:
    sales, units, price = (guesses.figures(each) for each in ("sales", "units_sold", "sale_price"))
    gross = guesses.figures("gross_sales")
    if gross and evidence.holds(_product, gross, units, price):
        return True
    for target in ("discounts", "discount_rate"):
        guess = guesses.found.get(target)
        figures = guess and guesses.figures_of(guess.expression.removesuffix(" / 100.0").removeprefix("-"))
        if not figures:
            continue
        kind = "percent" if guess.expression.endswith(" / 100.0") else target
        given = _each(lambda each: -each, figures) if guess.expression.startswith("-") else figures
        if evidence.holds(_DISCOUNTS[kind], sales, units, price, given):
            return True
    return False


def _settle_cost(guesses: Guesses) -> None:
    """A cost is per unit or per line."""
    said = [each for each in ("unit_cost", "cogs") if each in guesses.found]
    if len(said) == 1:
        target, sureness, why = _kind_of_cost(guesses, said[0])
        guesses.move(said[0], target, sureness, why)


def _kind_of_cost(guesses: Guesses, said: str) -> tuple[str, Sureness, str]:
    """Whether a cost is per unit or per line, how sure that is, and the evidence."""
    guess, header = guesses.found[said], guesses.header(said)
    cost, units = guesses.figures(said), guesses.figures("units_sold")
    sales, profit = guesses.figures("sales"), guesses.figures("profit")
    if cost and sales and profit:
        if evidence.holds(_difference, profit, sales, cost):
            return "cogs", Sureness.SURE, "sales - cost equals the profit"
        if units and evidence.holds(lambda amount, n, cost: amount - cost * n, profit, sales, units, cost):
            return "unit_cost", Sureness.SURE, "sales - quantity * cost equals the profit"
    if "." in guess.expression:
        return "unit_cost", Sureness.SURE, "it comes from the product table"
    if names.says_unit(header):
        return "unit_cost", guess.sureness, guess.why
    if "total" in words(header) or said == "cogs":
        return said, guess.sureness, guess.why
    products = guesses.texts("product_code") or guesses.texts("product")
    if cost and units and products:
        per_unit = _each(lambda amount, n: amount / n if n else None, cost, units)
        of_line, of_unit = evidence.spread(cost, products), evidence.spread(per_unit, products)
        if of_line is not None and of_unit is not None and of_line != of_unit:
            return (
                ("unit_cost", Sureness.LIKELY, "it varies less within a product than it would per line")
                if of_line < of_unit
                else ("cogs", Sureness.LIKELY, "divided by the quantity it varies less within a product")
            )
    return said, Sureness.GUESS, f"{guess.why}; whether it is per unit or per line is not known"


def _settle_profit(guesses: Guesses) -> None:
    profit, sales, cogs = (guesses.figures(each) for each in ("profit", "sales", "cogs"))
    if not profit or not sales:
        return
    if cogs and evidence.holds(_difference, profit, sales, cogs):
        guesses.prove("profit", "sales - cost equals it")
        guesses.prove("cogs", "sales - it equals the profit")
    elif names.says_margin(guesses.header("profit")) or names.says_percent(guesses.header("profit")):
        guesses.drop("profit", "nothing shows that it is an amount, and not a share of the sales")
    elif evidence.are_shares(list(map(_magnitude, profit))) and any(
        each and abs(each) > 10 for each in sales
    ):
        guesses.drop("profit", "no value is above 1: it is a share of the sales")
    elif cogs:
        guesses.drop("cogs", "sales - it does not equal the profit")


def _add_currency(guesses: Guesses) -> None:
    """The currency of the sign that the source writes, where no column names one."""
    _settle_codes(guesses)
    signs = {
        _CURRENCIES[each] for each in guesses.sample.contract.number_format.currency if each in _CURRENCIES
    }
    if "currency" not in guesses.found and len(signs) == 1:
        guesses.found["currency"] = Guess(f"'{signs.pop()}'", Sureness.GUESS, "by the sign of its amounts")


def _settle_codes(guesses: Guesses) -> None:
    """Signs and small letters become codes; a column of anything else names no currencies."""
    named = {each for each in guesses.texts("currency") or () if each}
    others = {each for each in named if not _CODE.fullmatch(each)}
    if not others:
        return
    guess = guesses.found["currency"]
    codes = {each: _CURRENCIES.get(each, each.upper()) for each in sorted(others)}
    if not all(map(_CODE.fullmatch, codes.values())):
        guesses.drop("currency", "it does not hold codes of three letters")
        return
    cases = " ".join(f"when '{said}' then '{code}'" for said, code in codes.items())
    guesses.found["currency"] = Guess(
        f"case {guess.expression} {cases} else {guess.expression} end",
        Sureness.GUESS if "$" in codes else Sureness.LIKELY,
        f"{guess.why}; {', '.join(f'{said} is {code}' for said, code in codes.items())}",
    )


def _settle_company(guesses: Guesses) -> None:
    """A column called company may hold the customers: sellers are few."""
    companies = {each for each in guesses.texts("company") or () if each}
    if len(companies) > _MOST_COMPANIES:
        guesses.drop("company", f"{len(companies):,} companies are more likely to be its customers")


def _note_units(guesses: Guesses, model: CanonicalModel) -> None:
    """Say what a person has to look at: amounts in cents or thousands, and what columns may tell of rows."""
    for target, guess in guesses.found.items():
        header = set(words(guesses.headers.get(guess.expression, "")))
        if header & {"cent", "cents", "teur", "thousands", "tsd", "mio", "millions", "k"}:
            guesses.notes.append(f"{target} may be in another unit: its header is {guesses.header(target)!r}")
    for column in guesses.sample.contract.columns:
        for telling, kinds in intake(model).review.items():
            if not kinds.isdisjoint(words(column.header)):
                guesses.notes.append(f"{column.name} {telling}: check it")


def _used(guesses: Guesses) -> dict[str, ProposedJoin]:
    """The joins that an expression reads, or that lead to one of these."""
    expressions = [guess.expression for guess in guesses.found.values()]
    read = {name for name in guesses.joined if any(_reads(each, name) for each in expressions)}
    for name in reversed(guesses.joined):
        if name in read:
            read |= {
                named.partition(".")[0] for named in guesses.joined[name].join.key.values() if "." in named
            }
    return {name: each.join for name, each in guesses.joined.items() if name in read}


def _reads(expression: str, table: str) -> bool:
    """Whether the expression has a column of the table: `categories.name`, not `subcategories.name`."""
    return re.search(rf"(?<![\w.]){re.escape(table)}\.", expression) is not None


def _of_order(guesses: Guesses) -> list[str]:
    """Texts and days that stand on one line of an order only."""
    orders = guesses.texts("order_number")
    return [
        column.name
        for column in guesses.columns
        if orders and column.kind is not Kind.NUMBER and column.name in guesses.found
        if (values := guesses.texts(column.name)) and evidence.stands_once(values, orders)
    ]


def _each(rule, *figures: Numbers) -> Numbers:
    return [None if None in row else rule(*row) for row in zip(*figures, strict=True)]


def _product(units: Decimal, price: Decimal) -> Decimal:
    return units * price


def _difference(amount: Decimal, cost: Decimal) -> Decimal:
    return amount - cost


def _magnitude(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else abs(figure)
