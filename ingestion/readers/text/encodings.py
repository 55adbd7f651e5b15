"""Finds the encoding of a text file."""

# ruff: noqa: RUF001

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

#: How many bytes are searched for the encoding.
SAMPLE = 1024 * 1024

#: UTF-32 comes first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
#: Most headers are among this many first lines.
_HEADER_LINES = 5
_CONTROL = re.compile(r"[\x80-\x9f]")
_BETWEEN_WORDS = "\u2019\u2013\u2014"
#: Typographic quotes: those that open before a word, and those that close after one.
_OPENING, _CLOSING, _APOSTROPHE = "\u2018\u201c", "\u2019\u201d", "\u2019"
#: Text encodings of Python that files are not written in, and that can produce what is not text.
_NO_FILES = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
_BESIDE_WORDS = "²³¹µ®™©°ªº«»“”„‘…"
_LAST_ASCII = 0x7F
_ENDS_WORD = frozenset(b'\r\n,;|\t"')
#: Accented letters of western words; Š, Ž and Ÿ of cp1252 are rare among them.
_WESTERN = frozenset("àáâãäåæçèéêëìíîïñòóôõöøœùúûüßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜ")
#: In Italian and French these are at the end of words.
_AT_END = frozenset("ìùÌÙ")
_CENTRAL = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽôľĺŕÔĽäöőüűßÄÖŐÜŰăâîșțşţđĐçë")
#: Encodings with one byte per character, the likelier ones first.
_SINGLE_BYTE = ("cp1252", "mac_roman", "iso-8859-15", "cp850", "cp1250", "cp1251", "koi8-r", "cp1253")
_LETTERS = {"cp1250": _CENTRAL}
#: Encodings of other scripts: their commonest small letters, and all characters of words.
_SCRIPTS = {
    "cp1251": ("оеаинтсрвл", re.compile("[Ѐ-џ№«»–—’…\xa0]")),
    "koi8-r": ("оеаинтсрвл", re.compile("[Ѐ-џ\xa0]")),
    "cp1253": ("αοιετσνηρκ", re.compile("[Ά-ώ«»–—’…\xa0]")),
}
_RUN = re.compile(r"(?<=[^\W\d_A-Za-z])[^\W\d_A-Za-z](?=[^\W\d_A-Za-z])")
_SMALL_AFTER = re.compile(r"(?<=[^\W\d_A-Za-z])[а-яёα-ώ]")


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a whole file, which is left at its start.

    A file that begins in ASCII is searched for the first byte that is not: it may be deep in the file.
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


def is_misnamed(file: BinaryIO, encoding: str) -> bool:
    """Whether the first lines of a file are in another encoding than this one.

    That is so if most lines beyond ASCII cannot be read in it, and these are more than one line or near the
    header: a single bad byte is a fault of its line. The file is left at its start.
    """
    file.seek(0)
    sample = file.read(SAMPLE)
    file.seek(0)
    codec, _ = line_codec(encoding, sample)
    if sample.isascii() or codec.startswith(("utf-16", "utf-32")):
        return False
    lines = sample.splitlines()[: -1 if len(sample) == SAMPLE else None]
    foreign = [place for place, line in enumerate(lines) if not line.isascii()]
    unread = [place for place in foreign if not _is_text(lines[place], codec)]
    return 2 * len(unread) > len(foreign) and (len(unread) > 1 or unread[0] < _HEADER_LINES)


def _is_text(raw: bytes, codec: str) -> bool:
    try:
        text = raw.decode(codec)
    except UnicodeError:
        return False
    # ISO 8859 has control characters where cp1252 has quotes and dashes.
    return not _CONTROL.search(text)


def detect_encoding(sample: bytes, *, complete: bool) -> str:
    """The encoding that fits a file's first bytes best, as a name that Python knows.

    A byte order mark decides, then the NUL bytes of UTF-16 and UTF-32. A sample with at least as many UTF-8
    characters beyond ASCII as invalid bytes is UTF-8, and rows with these bytes are broken. Otherwise the
    encoding has one byte per character. Plain ASCII is called UTF-8.

    Args:
        complete: the sample is the whole file; otherwise its last character may be cut off.
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
    """The encoding according to a byte order mark at the start of the file; None where there is none."""
    return next((encoding for mark, encoding in _MARKS if sample.startswith(mark)), None)


def is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8, which those of another encoding beyond ASCII hardly ever are."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def is_file_encoding(name: str) -> bool:
    """Whether Python knows a text encoding of this name that files may be written in."""
    try:
        "a\r\n".encode(name)
        return codecs.lookup(name).name not in _NO_FILES
    except (LookupError, ValueError):
        return False


def line_codec(encoding: str, start: bytes) -> tuple[str, int]:
    """The codec for single lines of a file, and the length of the byte order mark before the first.

    Args:
        start: the first bytes of the file; they show the byte order where `encoding` does not.
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

    Of their characters the high bytes are mostly NUL, and the low byte hardly ever is.
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
    """The encoding in which most bytes are letters of words; ISO 8859-1 where cp1252 lacks a character."""
    scores = _scores(sample)
    best = max(scores, key=scores.__getitem__)
    if best == "cp1252" and "\ufffd" in sample.decode(best, "replace"):
        return "iso-8859-1"
    return best


def rivals_of(sample: bytes, encoding: str) -> tuple[str, ...]:
    """The encodings that fit the first bytes about as well as the one found, but give another text.

    There are none where western letters fit well.
    """
    if encoding not in _SINGLE_BYTE or sample.isascii():
        return ()
    text = sample.decode(encoding, "replace")
    if encoding == "cp1252" and all(fit >= 0 for fit in _fits(text, _WESTERN)):
        return ()
    scores = _scores(sample)
    return tuple(
        each
        for each, score in scores.items()
        if each != encoding and score > scores[encoding] - 2 and sample.decode(each, "replace") != text
    )


def first_foreign(sample: bytes, encoding: str) -> tuple[int, str]:
    """The line and the word of the first character beyond ASCII, which may differ in another encoding."""
    at = next(i for i, byte in enumerate(sample) if byte > _LAST_ASCII)
    line = sample.count(b"\n", 0, at) + 1
    start, end = at, at + 1
    while start > 0 and sample[start - 1] not in _ENDS_WORD:
        start -= 1
    while end < len(sample) and sample[end] not in _ENDS_WORD:
        end += 1
    return line, sample[start:end].decode(encoding, "replace")


def _scores(sample: bytes) -> dict[str, int]:
    """How well each encoding with one byte per character fits; the likelier ones first."""
    texts = {each: sample.decode(each, "replace") for each in _SINGLE_BYTE}
    scores = {each: _wordiness(text, _LETTERS.get(each, _WESTERN)) for each, text in texts.items()}
    # Whole words of accented letters are in another script.
    runs = len(_RUN.findall(texts["cp1252"]))
    if runs * 3 > len(_FOREIGN.findall(texts["cp1252"])):
        return scores | {each: _script_score(texts[each], *_SCRIPTS[each]) for each in _SCRIPTS}
    return {each: score for each, score in scores.items() if each not in _SCRIPTS}


def _wordiness(text: str, letters: frozenset[str]) -> int:
    """How much more often characters beyond ASCII fit into words than they break them.

    Usual letters fit into words. A symbol between letters (caf‡s) breaks one, as does a capital after a small
    letter (cafÉs). A no-break space separates words.
    """
    return sum(_fits(text, letters))


def _fits(text: str, letters: frozenset[str]) -> Iterator[int]:
    """For each character beyond ASCII: 1 if it fits into a word, -1 if it breaks one, 0 if neither."""
    for found in _FOREIGN.finditer(text):
        at = found.start()
        before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
        yield _fit(found[0], before, after, letters)


def _fit(character: str, before: str, after: str, letters: frozenset[str]) -> int:
    if character == "\xa0":
        return 0
    if character == "€":
        return int((before + after).strip()[:1].isdigit() or not (before + after).strip())
    if character == "\ufffd" or unicodedata.category(character) == "Cc":
        return -1
    if _is_set_quote(character, before, after):
        return 1
    if character not in letters:
        beside = (before.islower(), after.islower())
        is_fine = character in _BETWEEN_WORDS or not (
            all(beside) if character in _BESIDE_WORDS else any(beside)
        )
        return 0 if is_fine else -1
    if character.isupper():
        is_odd = before.islower() or (before.isalpha() and after.islower())
    else:
        is_odd = before.isupper() and after.isupper()
    if is_odd or (character in _AT_END and after.isalpha() and letters is _WESTERN):
        return -1
    return int(before.isalpha() or after.isalpha())


def _is_set_quote(character: str, before: str, after: str) -> bool:
    """Whether it is a quote or an apostrophe in its usual place."""
    if character in _OPENING:
        return after.isalnum() and not before.isalnum()
    if character == _APOSTROPHE and after.isalpha():
        return before.isalpha()
    return character in _CLOSING and before.isalnum() and not after.isalnum()


def _script_score(text: str, common: str, letters: re.Pattern[str]) -> int:
    """How well the text fits a script: twice its commonest letters, less what does not belong to it."""
    foreign = _FOREIGN.findall(text)
    usual = sum(character in common for character in foreign)
    strange = sum(letters.fullmatch(character) is None for character in foreign)
    odd = len(re.findall(r"(?<=[^\W\d_A-Za-z])[^\W\d_A-Za-z]", text)) - len(_SMALL_AFTER.findall(text))
    return 2 * usual - 2 * strange - odd
