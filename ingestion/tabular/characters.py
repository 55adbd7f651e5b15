"""One form for texts that look alike: what people cannot tell apart is one value, not two."""

from __future__ import annotations

import re
import unicodedata

#: Invisible characters: controls that separate neither lines nor words, soft hyphen, zero-width space, word
#: joiner, byte-order mark, marks of the writing direction, invisible operators, and fillers.
_INVISIBLE = (
    "\\x01-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b"
    "\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff9-\\ufffb"
)
#: Spaces of other widths than the plain one, and no-break spaces.
_SPACES = "\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000"
_JOINERS = "\\u200c\\u200d"
#: Characters between which a joiner changes something: letters of Hebrew to Myanmar, Khmer, Mongolian and
#: similar scripts, and pictures.
_JOINED = (
    "\\u0590-\\u109f\\u1700-\\u1cff\\u2190-\\u2bff\\ua800-\\uabff\\ufb1d-\\ufdff\\ufe0f\\ufe70-\\ufefc"
    "\\U00010800-\\U0001ffff"
)

_odd = re.compile(f"[{_INVISIBLE}]|(?<![{_JOINED}])[{_JOINERS}]|[{_JOINERS}](?![{_JOINED}])")
_space = re.compile(f"[{_SPACES}]")

#: Ranges beyond ASCII, in the syntax of RE2, of characters that `normal_text` never changes: none is
#: invisible or a space, can be written in two ways, or combines with the character before it.
STABLE = (
    r"\x{a1}-\x{ac}\x{ae}-\x{2ff}\x{388}-\x{482}\x{48a}-\x{58f}\x{5d0}-\x{5ea}\x{620}-\x{64a}\x{660}-\x{66f}"
    r"\x{671}-\x{6d5}\x{904}-\x{928}\x{e01}-\x{e30}\x{e3f}-\x{e46}\x{10a0}-\x{10ff}\x{1e00}-\x{1e9f}"
    r"\x{1ea0}-\x{1eff}\x{2010}-\x{2027}\x{2030}-\x{205e}\x{2070}-\x{20c0}\x{2100}-\x{2125}\x{212c}-\x{2328}"
    r"\x{232b}-\x{2adb}\x{3001}-\x{3029}\x{3041}-\x{3096}\x{30a0}-\x{30ff}\x{3400}-\x{a4ff}"
    r"\x{ac00}-\x{d7a3}\x{e000}-\x{f8ff}\x{ff01}-\x{ff9f}\x{1f300}-\x{1faff}\x{20000}-\x{2a6df}"
)


def normal_text(text: str) -> str:
    """The text in its normal form: composed letters (NFC), plain spaces, and nothing invisible.

    Joiners stay where they are visible: between letters of joining scripts such as Persian, and in pictures.
    Variation selectors stay too.
    """
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", _space.sub(" ", _odd.sub("", text)))


def visible(text: str) -> str:
    """The text without invisible characters; its spaces stay, as they may separate the groups of a figure."""
    if text.isascii() and text.isprintable():
        return text
    return _odd.sub("", text)
