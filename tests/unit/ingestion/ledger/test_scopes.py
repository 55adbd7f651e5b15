"""The text of a scope: different for every scope, and unchanged where it was never ambiguous."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contract.model import ColumnType, Contract, Period, Restate, ScopePart
from ingestion.ledger.scopes import ScopeText, mend_scopes, named_scope

BY_MONTH = ScopeText((ScopePart("country"), ScopePart("day", Period.MONTH)), (True, False))
TWO_TEXTS = ScopeText(
    (ScopePart("shop"), ScopePart("item"), ScopePart("day", Period.DAY)), (True, True, False)
)


@pytest.mark.parametrize(
    ("form", "values", "text", "named"),
    [
        (BY_MONTH, ("Canada", "2014-01-31"), "Canada|2014-01", "Canada 2014-01"),
        (BY_MONTH, ("a|b", "2014-01-31 10:00:00"), "a|b|2014-01", "a b 2014-01"),
        (TWO_TEXTS, ("Lyon", "pen", "2014-01-31"), "Lyon|pen|2014-01-31", "Lyon pen 2014-01-31"),
        (TWO_TEXTS, ("a|b", "c\\", "2014-01-31"), r"a\|b|c\\|2014-01-31", "a|b c\\ 2014-01-31"),
        (ScopeText((), ()), (), "", "the whole table"),
    ],
)
def test_how_a_scope_is_written(form, values, text, named):
    assert form.text(values) == text
    assert named_scope(text) == named


values = st.tuples(st.text("ab|\\"), st.text("ab|\\"), st.dates().map(str))


@given(values, values)
def test_two_scopes_never_share_a_text(one, other):
    assert (TWO_TEXTS.text(one) == TWO_TEXTS.text(other)) == (one == other)


def test_texts_are_escaped_only_if_there_are_two(sales: Contract):
    assert ScopeText.of(sales) == ScopeText(sales.relation.scope, (True, False))
    assert not ScopeText.of(sales).is_escaped
    assert mend_scopes(sales) is None
    texts = [column.name for column in sales.columns if column.type is ColumnType.TEXT]
    two = replace(sales, relation=Restate(tuple(map(ScopePart, texts[:2]))))
    assert ScopeText.of(two).is_escaped
    assert mend_scopes(two)
