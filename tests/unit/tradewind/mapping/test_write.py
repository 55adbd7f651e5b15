"""Contracts and mappings are written together, or not at all."""

from pathlib import Path

import pytest

from tradewind.mapping.write import NotWritten, write_all


def test_all_or_nothing_is_written(tmp_path: Path) -> None:
    texts = {tmp_path / "new" / name: name for name in ("a.yaml", "b.yaml")}
    write_all(texts)
    assert [path.read_text() for path in texts] == ["a.yaml", "b.yaml"]
    more = {tmp_path / "other" / "c.yaml": "c", tmp_path / "new" / "a.yaml": "other"}
    with pytest.raises(NotWritten, match=r"nothing was written, as there is already: .*a\.yaml"):
        write_all(more)
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a.yaml", "b.yaml", "new"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.file").touch()
    texts = {tmp_path / "new" / "a.yaml": "a", tmp_path / "a.file" / "b.yaml": "b"}
    with pytest.raises(NotWritten, match="cannot be written"):
        write_all(texts)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.rglob("*.yaml")) and not list(tmp_path.rglob("*.part"))


def test_on_a_full_disk_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").touch()
    (tmp_path / ".a.yaml.part").symlink_to("/dev/full")
    with pytest.raises(NotWritten, match=r"a\.yaml cannot be written \(No space left on device\)"):
        write_all({tmp_path / "a.yaml": "a"})
    assert [path.name for path in tmp_path.iterdir()] == ["other.yaml"]
