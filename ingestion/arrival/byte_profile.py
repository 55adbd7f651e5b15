"""One look at all bytes of a file: its hash, its lines, and what a fast path would stumble over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 20
_LARGE = 2 << 20


@dataclass(frozen=True, slots=True)
class ByteProfile:
    """What a file's bytes are. A last line without an end counts among `lines`.

    `middle` is the offset (bytes) of the first line that begins in the second half, and `lines_before_middle`
    the lines above it.
    """

    sha256: str
    size: int
    lines: int
    middle: int
    lines_before_middle: int
    has_quotes: bool
    has_backslashes: bool
    has_returns: bool
    #: Whether every line ends with CRLF, and there is no other carriage return.
    is_crlf: bool
    #: Whether there may be long numbers that a spreadsheet has shortened, as 1.23457E+11.
    has_exponents: bool


def profile_bytes(path: Path) -> ByteProfile:
    """Read the file once, in constant memory.

    Raises:
        OSError: the file cannot be read.
    """
    count = _newline_counter(path.stat().st_size)
    digest = hashlib.sha256()
    size = newlines = returns = pairs = 0
    quotes = backslashes = exponents = False
    half = path.stat().st_size // 2
    middle = before_middle = None
    last = b""
    # Hashing releases the lock of the interpreter, so it runs while this thread counts.
    with path.open("rb") as file, ThreadPoolExecutor(1) as hasher:
        hashing: Future | None = None
        while block := file.read(_BLOCK):
            if hashing:
                hashing.result()
            hashing = hasher.submit(digest.update, block)
            if (
                middle is None
                and size + len(block) > half
                and (at := block.find(b"\n", max(half - size, 0))) >= 0
            ):
                middle = size + at + 1
                before_middle = newlines + block.count(b"\n", 0, at + 1)
            newlines += count(block)
            if b"\r" in block or last == b"\r":
                returns += block.count(b"\r")
                pairs += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
            quotes = quotes or b'"' in block
            backslashes = backslashes or b"\\" in block
            # Looking for one sign is fast, and most files have none.
            exponents = exponents or (b"+" in block and (b"E+" in block or last + block[:1] == b"E+"))
            size += len(block)
            last = block[-1:]
        if hashing:
            hashing.result()
    lines = newlines + (last not in (b"\n", b""))
    return ByteProfile(
        sha256=digest.hexdigest(),
        size=size,
        lines=lines,
        middle=size if middle is None else middle,
        lines_before_middle=lines if before_middle is None else before_middle,
        has_quotes=quotes,
        has_backslashes=backslashes,
        has_returns=returns > 0,
        is_crlf=returns == pairs == newlines > 0,
        has_exponents=exponents,
    )


def _newline_counter(size: int) -> Callable[[bytes], int]:
    """Counts line feeds; in a large file with NumPy, which is three times as fast but slow to import."""
    if size < _LARGE:
        return lambda block: block.count(b"\n")
    import numpy as np

    return lambda block: int(np.count_nonzero(np.frombuffer(block, np.uint8) == ord("\n")))
