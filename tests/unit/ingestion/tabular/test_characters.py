"""Texts that look alike are one text; what the fast way copies unread, the slow way leaves unchanged."""

from __future__ import annotations

import re
import unicodedata

import pytest

from ingestion.tabular.characters import STABLE, normal_text


def test_stable_characters_stay_anywhere() -> None:
    every = list(map(chr, range(0x110000)))
    parts = [unicodedata.decomposition(each).split() for each in every]
    joining = {chr(int(pair[1], 16)) for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}
    joining |= set(map(chr, [*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)]))
    for first, last in re.findall(r"\\x\{(\w+)\}-\\x\{(\w+)\}", STABLE):
        for character in every[int(first, 16) : int(last, 16) + 1]:
            assert normal_text(character) == character
            assert not unicodedata.combining(character)
            assert character not in joining


@pytest.mark.parametrize(
    "text", ["Na\u200bme", "\u200b \u200b", "e\u0301", "a\u200d\u200cb", "\u0645\u200c \u062e"]
)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normal_text(normal_text(text)) == normal_text(text)
