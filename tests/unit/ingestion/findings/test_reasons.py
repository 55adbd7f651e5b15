"""Kinds of reasons are complete, and none is unused."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from ingestion.findings import reasons
from ingestion.findings.reasons import FaultKind, HoldKind, Refused
from tradewind.settings import ROOT

KINDS = [*FaultKind, *HoldKind]


def fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_kind_says_what_it_is_and_what_to_do(kind: FaultKind | HoldKind) -> None:
    assert re.fullmatch(r"[A-Z][a-zA-Z ]+", kind.title)
    assert kind.sentence and kind.advice
    # Titles and advice quote nothing; the code that holds a file writes the message of the hold.
    assert not fields(kind.title + kind.advice)
    assert all(map(str.isidentifier, fields(kind.sentence)))
    assert isinstance(kind, FaultKind) or not fields(kind.sentence)


def test_every_kind_is_used() -> None:
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "ingestion").rglob("*.py")
        if path.name != reasons.__file__.rpartition("/")[2]
    )
    for kinds in (FaultKind, HoldKind):
        assert set(re.findall(rf"{kinds.__name__}\.([A-Z0-9_]+)", text)) == {kind.name for kind in kinds}


def test_a_value_may_contain_braces() -> None:
    error = Refused(FaultKind.NOT_A_NUMBER, value="'{value} {0}'")
    assert str(error) == str(error.reason) == error.reason.text == "'{value} {0}' is not a number"
    assert error.reason.kind.code == "not_a_number"
