"""A profile of a file's bytes equals one made from the whole file at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.arrival import byte_profile
from ingestion.arrival.byte_profile import ByteProfile, profile_bytes

pieces = st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b"\r", b'"', b"\\", b"\0", b"\xff", b"E", b"+"])
plain = st.lists(st.sampled_from([b"a\r\n", b"\r\n", b"bcd\r\n"])).map(b"".join)


def naive(content: bytes) -> ByteProfile:
    """The same with the whole file in memory."""
    middle = content.find(b"\n", len(content) // 2) + 1 or len(content)
    bare = content.replace(b"\r\n", b"")
    return ByteProfile(
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        lines=len(content.split(b"\n")) - (content.endswith(b"\n") or not content),
        middle=middle,
        lines_before_middle=len(content[:middle].split(b"\n"))
        - content[:middle].endswith(b"\n")
        - (not middle),
        has_quotes=b'"' in content,
        has_backslashes=b"\\" in content,
        has_returns=b"\r" in content,
        is_crlf=b"\r\n" in content and b"\n" not in bare and b"\r" not in bare,
        has_exponents=b"E+" in content,
    )


@pytest.mark.parametrize("large", [0, 1 << 20], ids=["with NumPy", "without"])
@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(content=st.lists(pieces, max_size=40).map(b"".join) | plain, block=st.integers(1, 9))
def test_any_file(tmp_path: Path, large: int, content: bytes, block: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(byte_profile, "_BLOCK", block)
        patch.setattr(byte_profile, "_LARGE", large)
        assert profile_bytes(path) == naive(content)
