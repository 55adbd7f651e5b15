"""How the bytes of a text file are to be read as characters."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

#: Bytes among which the encoding is looked for.
SAMPLE = 1024 * 1024

#: UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_BETWEEN_WORDS = "\u2019\u2013\u2014"
#: Text encodings of Python that no file is written in, and that can give what is no text.
_NO_FILES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
#: Letters with marks as western words have them; Š, Ž and Ÿ of cp1252 are rare beside those.
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøœùúûüßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜ")


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a whole file, which is left at its start.

    What looks like ASCII is searched for the first byte that is not: a first accent deep in the file counts.
    """
    file.seek(0)
    sample = file.read(SAMPLE)
    found = detect_encoding(sample, complete=len(sample) < SAMPLE)
    if found == "utf-8":
        while len(sample) == SAMPLE and sample.isascii():
            sample = file.read(SAMPLE)
        found = detect_encoding(sample, complete=len(sample) < SAMPLE)
    file.seek(0)
    return found


def detect_encoding(sample: bytes, *, complete: bool) -> str:
    """The encoding that fits a file's first bytes best, as a name that Python knows.

    A byte order mark decides, then the NUL bytes of UTF-16 and UTF-32. What holds no fewer characters of
    UTF-8 beyond ASCII than bytes that are none is UTF-8, and its rows with those bytes are broken; else the
    encoding is one with one byte a character. Plain ASCII is called UTF-8.

    Args:
        complete: the sample is all of the file; else a character may be cut off at its end.
    """
    if marked := marked_encoding(sample):
        return marked
    if wide := _wide(sample):
        return wide
    if sample.isascii():
        return "utf-8"
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    foreign = _FOREIGN.findall(decoder.decode(sample, final=complete))
    broken = sum("\udc80" <= character <= "\udcff" for character in foreign)
    return "utf-8" if broken * 2 <= len(foreign) else _single_byte(sample)


def marked_encoding(sample: bytes) -> str | None:
    """The encoding that a byte order mark at a file's start tells; None where there is none."""
    return next((encoding for mark, encoding in _MARKS if sample.startswith(mark)), None)


def is_file_encoding(name: str) -> bool:
    """Whether Python knows a text encoding of this name that files may be written in."""
    try:
        "a\r\n".encode(name)
        return codecs.lookup(name).name not in _NO_FILES
    except (LookupError, ValueError):
        return False


def line_codec(encoding: str, start: bytes) -> tuple[str, int]:
    """The codec of each single line of a file, and the length of the byte order mark before the first.

    Args:
        start: the first bytes of the file; where `encoding` leaves the byte order open, they tell it.
    """
    name = codecs.lookup(encoding).name
    if name == "utf-8-sig":
        name = "utf-8"
    elif name in ("utf-16", "utf-32"):
        found = detect_encoding(start, complete=False)
        name = found if found.startswith(name) else f"{name}-le"
    try:
        mark = "\ufeff".encode(name)
    except UnicodeEncodeError:
        mark = b""
    return name, len(mark) if start.startswith(mark) else 0


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 by the NUL bytes of western letters, digits and delimiters, or None.

    The high bytes of a character are then mostly NUL and its low byte hardly ever is.
    """
    if b"\0" not in sample:
        return None
    for encoding, high, low in (
        ("utf-32-le", (2, 3), (0,)),
        ("utf-32-be", (0, 1), (3,)),
        ("utf-16-le", (1,), (0,)),
        ("utf-16-be", (0,), (1,)),
    ):
        unit = 4 if len(high) == 2 else 2
        if all(_nul_share(sample[at::unit]) > 0.2 for at in high) and all(
            _nul_share(sample[at::unit]) < 0.02 for at in low
        ):
            return encoding
    return None


def _nul_share(sample: bytes) -> float:
    return sample.count(0) / max(len(sample), 1)


def _single_byte(sample: bytes) -> str:
    """cp1252; ISO 8859-1 where cp1252 has no such character; Mac Roman where that makes better words."""
    text = sample.decode("cp1252", "replace")
    if _wordiness(sample.decode("mac_roman")) > _wordiness(text):
        return "mac_roman"
    return "iso-8859-1" if "\ufffd" in text else "cp1252"


def _wordiness(text: str) -> int:
    """How much more often a foreign character makes a word than it breaks one.

    Letters as western languages have them make words; a symbol between letters (caf‡s) breaks one, as does
    a capital after a small letter (cafÉs).
    """
    score = 0
    for found in _FOREIGN.finditer(text):
        character, before, after = (
            found[0],
            text[found.start() - 1 : found.start()],
            text[found.end() : found.end() + 1],
        )
        if character in _WESTERN and not (character.isupper() and before.islower()):
            score += before.isalpha() or after.isalpha()
        elif before.islower() and character not in _BETWEEN_WORDS:
            score -= 1
    return score
