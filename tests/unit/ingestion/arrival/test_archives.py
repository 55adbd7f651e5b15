"""Archives yield their members one at a time, and hostile ones neither fill the disk nor leave its folder."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import duckdb
import pytest

from ingestion.arrival import unpacking
from ingestion.arrival.archives import MOST_MEMBERS, unpacked
from ingestion.tabular.table import Unreadable
from tests.unit.ingestion.builders import write_workbook

CSV = b"a,b\n1,2\n"


def write_zip(path: Path, members: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_gzip(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def read(path: Path, **options) -> list[tuple[str, bytes, int]]:
    with unpacked(path, **options) as archive:
        return [(name, content.read_bytes(), size) for name, content, size in archive]


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.zip"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("sales.csv.gz", "sales.csv"), ("sales.CSV.GZ", "sales.CSV"), ("sales", "sales"), ("a\n.gz", "a\\n")],
)
def test_gzip(tmp_path: Path, name: str, shown: str) -> None:
    assert read(write_gzip(tmp_path / name, CSV)) == [(shown, CSV, len(CSV))]


def test_gzip_of_several_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"))
    assert read(path) == [("a.csv", CSV, len(CSV))]


def test_zip_keeps_its_order(path: Path) -> None:
    write_zip(path, {"z.csv": b"z", "in/a.csv": b"a", "m.csv": b"", "in/": b""})
    assert read(path) == [("a.zip/z.csv", b"z", 1), ("a.zip/in/a.csv", b"a", 1), ("a.zip/m.csv", b"", 0)]


def test_gzip_in_zip(path: Path) -> None:
    assert read(write_zip(path, {"a.csv.gz": gzip.compress(CSV)})) == [("a.zip/a.csv", CSV, len(CSV))]


def test_workbooks_are_not_archives(path: Path) -> None:
    workbook = write_workbook(path.with_name("b.xlsx"), {"S": {1: ["a"]}}).read_bytes()
    assert read(write_zip(path, {"b.xlsx": workbook})) == [("a.zip/b.xlsx", workbook, len(workbook))]


def test_unreadable_members_do_not_affect_the_others(path: Path) -> None:
    write_zip(path, {"notes.xlsx": b"PK\x03\x04 cut off", "a.csv": CSV})
    assert [name for name, _, _ in read(path)] == ["a.zip/notes.xlsx", "a.zip/a.csv"]


def test_members_that_are_not_data_are_reported(path: Path) -> None:
    litter = ["__MACOSX/._a.csv", ".DS_Store", "in/Thumbs.db", ".git/config"]
    write_zip(path, {**dict.fromkeys(litter, b"x"), "a.csv": CSV})
    with unpacked(path) as archive:
        assert [member.name for member in archive] == ["a.zip/a.csv"]
        assert archive.passed_over == litter


def test_both_of_the_same_name(path: Path) -> None:
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", b"one")
        archive.writestr("a.csv", b"two")
    assert [content for _, content, _ in read(path)] == [b"one", b"two"]


def test_others_open_members_by_path(path: Path) -> None:
    with unpacked(write_zip(path, {"a.csv": CSV})) as archive:
        member = next(iter(archive))
        assert duckdb.connect().execute("FROM read_csv($1)", [str(member.path)]).fetchall() == [(1, 2)]
        with member.path.open("rb") as file:
            file.seek(4)
            assert file.read() == b"1,2\n"


def test_one_member_at_a_time_is_on_disk_and_none_has_a_name(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()
    write_zip(path, {"a.csv": CSV, "b.csv": CSV})
    before = open_files()
    with unpacked(path, folder) as archive:
        for member in archive:
            assert member.path.readlink().is_relative_to(folder)
            assert open_files() == before + 2
            assert not list(folder.iterdir())
    assert open_files() == before


def test_leaving_early_closes_the_file(path: Path) -> None:
    before = open_files()
    with unpacked(write_zip(path, {"a.csv": CSV, "b.csv": CSV})) as archive:
        next(iter(archive))
    assert open_files() == before


def test_errors_raised_by_the_caller_are_not_changed(path: Path) -> None:
    with pytest.raises(EOFError), unpacked(write_zip(path, {"a.csv": CSV})) as archive:
        for _ in archive:
            raise EOFError


@pytest.mark.parametrize(
    "name", ["../a.csv", "in/../../a.csv", "/etc/passwd", "C:\\a.csv", "..\\a.csv", "a\0.csv"]
)
def test_names_that_lead_out(path: Path, name: str) -> None:
    info = zipfile.ZipInfo("x" * len(name))
    write_zip(path, {"good.csv": CSV, info: CSV})
    path.write_bytes(path.read_bytes().replace(info.filename.encode(), name.encode()))
    with pytest.raises(Unreadable, match=r"leads out of the archive: .* do not open it, and ask the sender"):
        read(path)


def test_links(path: Path) -> None:
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(Unreadable, match="a link or a device, not a file: pack the file itself"):
        read(write_zip(path, {link: b"/etc/passwd"}))


def test_passwords(path: Path) -> None:
    content = bytearray(write_zip(path, {"a.csv": CSV}).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="protected by a password: pack it without one"):
        read(path)


def test_unknown_compression_methods(path: Path) -> None:
    content = bytearray(write_zip(path, {"a.csv": CSV}).read_bytes())
    content[content.index(b"PK\x01\x02") + 10] = 9
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"not supported .*: pack it again as an ordinary zip"):
        read(path)


def test_damage(path: Path, tmp_path: Path) -> None:
    packed = write_zip(path, {"a.csv": os.urandom(1000)}).read_bytes()
    path.write_bytes(packed[:500] + bytes([packed[500] ^ 1]) + packed[501:])
    with pytest.raises(Unreadable, match=r"damaged or cut off .*Bad CRC.* download it again"):
        read(path)
    path.write_bytes(packed[:900])
    with pytest.raises(Unreadable, match=r"damaged or cut off .* download it again"):
        read(path)
    compressed = gzip.compress(os.urandom(1000))
    for broken in (compressed[:-10], compressed[:500], compressed + b"more", compressed[:-8] + bytes(8)):
        (tmp_path / "a.gz").write_bytes(broken)
        with pytest.raises(Unreadable, match=r"damaged or cut off .* download it again"):
            read(tmp_path / "a.gz")


def test_archives_in_archives(path: Path, tmp_path: Path) -> None:
    inner = write_zip(path, {"a.csv": CSV}).read_bytes()
    twice = gzip.compress(gzip.compress(CSV))
    for content in (inner, gzip.compress(inner), twice):
        with pytest.raises(Unreadable, match="an archive inside an archive: unpack it"):
            read(write_zip(path, {"inner": content}))
    for content in (inner, gzip.compress(CSV)):
        with pytest.raises(Unreadable, match="an archive inside an archive: unpack it"):
            read(write_gzip(tmp_path / "a.gz", content))


def test_archives_without_data(path: Path) -> None:
    for members in ({}, {"in/": b""}, {".DS_Store": b"x"}):
        with pytest.raises(Unreadable, match="holds no data file: put the data files into it"):
            read(write_zip(path, members))


def test_too_many_members(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_zip(path, {f"{n}.csv": b"" for n in range(MOST_MEMBERS + 1)})
    with pytest.raises(
        Unreadable, match=r"holds 1,001 files, at most 1,000 .*: deliver it in several archives"
    ):
        read(path)
    monkeypatch.setattr(unpacking, "_MOST_DIRECTORY", 10_000)
    with pytest.raises(Unreadable, match=r"list of files takes .* deliver it in several archives"):
        read(path)


def test_bombs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "RATIO_FROM", 2**21)
    zeros = bytes(2**22)
    for bomb in (write_zip(path, {"a.csv": zeros}), write_gzip(tmp_path / "a.gz", zeros)):
        with pytest.raises(
            Unreadable, match=r"KiB unpack to more than 200 times as much.* deliver it unpacked"
        ):
            read(bomb)
    # Each member is harmless, but all together are not.
    with pytest.raises(Unreadable, match="200 times"):
        read(write_zip(path, {f"{n}.csv": bytes(2**20) for n in range(3)}))
    # What compresses well but is small may pass.
    assert len(read(write_zip(path, {"a.csv": bytes(2**20)}))) == 1


def test_sizes_are_counted_not_believed(path: Path) -> None:
    content = bytearray(write_zip(path, {"a.csv": bytes(100_000)}).read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 10)
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="damaged"):
        read(path)
    with pytest.raises(Unreadable, match=r"more than 5 KiB, the most allowed: deliver it in smaller files"):
        read(write_zip(path, {"a.csv": os.urandom(10_000)}), most=5 * 1024)


def test_full_disk(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "RESERVE", 2**60)
    for packed in (write_zip(path, {"a.csv": CSV}), write_gzip(tmp_path / "a.gz", CSV)):
        with pytest.raises(Unreadable, match=r"the disk has .* GiB: make room on the disk"):
            read(packed)


def test_members_that_share_their_bytes(path: Path) -> None:
    """As in David Fifield's zip bomb: every entry of the directory points to the same packed bytes."""
    single = write_zip(path, {"a.csv": os.urandom(100)}).read_bytes()
    start, end = single.index(b"PK\x01\x02"), single.index(b"PK\x05\x06")
    entry = single[start:end]
    directory = entry + entry.replace(b"a.csv", b"b.csv")
    closing = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 2, 2, len(directory), start, 0)
    path.write_bytes(single[:start] + directory + closing)
    with pytest.raises(Unreadable, match=r"shares its bytes .* do not open it"):
        read(path)


def test_neither_gzip_nor_zip(path: Path) -> None:
    path.write_bytes(CSV)
    with pytest.raises(Unreadable):
        read(path)


def test_memory_does_not_grow_with_a_member(path: Path) -> None:
    """A member is copied in blocks that are much smaller than the member."""
    largest = 0

    class Watched(io.BytesIO):
        def write(self, block: bytes) -> int:
            nonlocal largest
            largest = max(largest, len(block))
            return len(block)

        def fileno(self) -> int:
            return 0

    with (
        zipfile.ZipFile(write_zip(path, {"a.csv": bytes(2**23)})) as archive,
        archive.open("a.csv") as source,
    ):
        assert unpacking.unpack(source, Watched(), unpacking.Allowance(2**20)) == 2**23
    assert largest <= unpacking.BLOCK


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Größe 売.csv".encode(), "Größe 売.csv"),  # undeclared UTF-8, as many programs write it
        ("Größe.csv".encode("cp437"), "Größe.csv"),
        ("売上.csv".encode("cp932"), "売上.csv".encode("cp932").decode("cp437")),
    ],
)
def test_names_without_a_declared_encoding(path: Path, written: bytes, shown: str) -> None:
    write_zip(path, {"x" * len(written): CSV})
    path.write_bytes(path.read_bytes().replace(b"x" * len(written), written))
    assert read(path) == [(f"a.zip/{shown}", CSV, len(CSV))]


def test_a_name_whose_bytes_contradict_its_declared_encoding(path: Path) -> None:
    write_zip(path, {"é.csv": CSV})
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xfe"))
    with pytest.raises(Unreadable, match="a name in it is not in the encoding that the archive says"):
        read(path)


@pytest.mark.parametrize(
    "name",
    [
        "license.pdf",
        "x/LIESMICH.txt",
        "README",
        "read me first.txt",
        "Licence_en.txt",
        "a.PNG",
        "notes.md",
        "LÉAME.txt",
    ],
)
def test_documents_beside_data_are_skipped_by_name(path: Path, name: str) -> None:
    write_zip(path, {name: b"text", "a.csv": CSV})
    with unpacked(path) as archive:
        assert len(list(archive)) == 1
        assert archive.passed_over == [name]
        (remark,) = archive.remarks()
        assert (remark.kind, name in remark.text) == ("passed_over", True)
    write_zip(path, {name: CSV})
    with unpacked(path) as archive:
        assert [member.name for member in archive] == [f"{path.name}/{name}"]


@pytest.mark.parametrize(
    "name", ["license_sales.txt", "readmes.csv", "notice_of_sales.txt", "total.txt", "a.json"]
)
def test_data_is_not_skipped_because_of_its_name(path: Path, name: str) -> None:
    write_zip(path, {name: CSV, "a.csv": CSV})
    with unpacked(path) as archive:
        assert len(list(archive)) == 2 and archive.passed_over == []
