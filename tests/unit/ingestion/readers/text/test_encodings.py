"""The encoding of a file is detected from its bytes."""

# ruff: noqa: RUF001

from __future__ import annotations

import io

import pytest

from ingestion.readers.text.encodings import SAMPLE, detect_encoding, encoding_of, is_file_encoding, rivals_of

TEXT = "name,city\nMüller,Köln\nJosé,São Paulo\nçelik,İzmir\n"
WESTERN = TEXT.replace("İ", "I")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a,b\n1,2\n", "utf-8"),
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32-le"),
        (b"\0\0\xfe\xff" + TEXT.encode("utf-32-be"), "utf-32-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32-le"), "utf-32-le"),
        (TEXT.encode("utf-32-be"), "utf-32-be"),
        (WESTERN.encode("cp1252"), "cp1252"),
        ("price,5 €\nd\u2019été,\u201cx\u201d".encode("cp1252"), "cp1252"),
        (
            "firm,note\nAnn\u2019s,\u2018new\u2019 pipes\nBob,the firm\u2019s hose\n".encode("cp1252"),
            "cp1252",
        ),
        (
            "firm,note\nAnn\u2019s,\u2018new\u2019 pipes\nBob,the firm\u2019s hose\n".encode("mac_roman"),
            "mac_roman",
        ),
        ("ciudad,país\nMálaga,aquí\nBogotá,allí\nCancún,también\n".encode("mac_roman"), "mac_roman"),
        (WESTERN.encode("mac_roman"), "mac_roman"),
        (WESTERN.encode("latin-1") + b"\x81\n", "iso-8859-1"),
        (b"brand\nLogitech\xcaGaming\nNintendo\xcaSwitch\n", "mac_roman"),
        (b"brand,n\n" + b"Apple,1\n" * 500 + b"Logitech\xcaGaming,2\n" * 3, "mac_roman"),
        ("name\nMüller\nKöln\nfête\nespañol\n".encode("cp850"), "cp850"),
        ("name\nMÜLLER\nSÃO PAULO\nÉTÉ\nØRSTED\n".encode("cp1252"), "cp1252"),
        ("město\nŽďár\nPříbram\nKarlovy Vary\nÚstí\nChýně\n".encode("cp1250"), "cp1250"),
        ("miasto\nŁódź\nKraków\nPoznań\nGdańsk\nWrocław\nBiałystok\n".encode("cp1250"), "cp1250"),
        ("город\nМосква\nСанкт-Петербург\nНижний Новгород\n".encode("cp1251"), "cp1251"),
        ("город\nМосква\nСанкт-Петербург\nНижний Новгород\n".encode("koi8-r"), "koi8-r"),
        ("πόλη\nΑθήνα\nΘεσσαλονίκη\nΠάτρα\n".encode("cp1253"), "cp1253"),
        ("price\n5 €\n7 €\nDvořák\n".replace("ř", "r").encode("iso-8859-15"), "iso-8859-15"),
        ("città,perché\nvirtù,lunedì\n".encode("cp1252"), "cp1252"),
        ("tiède;où;Noël;cœur;naïve\nL\u2019été;façade;œuvre\n".encode("cp1252"), "cp1252"),
        ("Ærø;Tromsø;Ålesund;Sønderborg\nsmørrebrød;blåbær\n".encode("cp1252"), "cp1252"),
        ("10 °C;5 µm;§ 3;½;a²;25\xa0%\n".encode("cp1252"), "cp1252"),
        ("Größe;Straße;Ärger;ÜBER\nweiß;Maß\n".encode("mac_roman"), "mac_roman"),
    ],
)
def test_encoding_by_content(content: bytes, encoding: str) -> None:
    assert detect_encoding(content, complete=True) == encoding


def test_utf8_with_stray_bytes_is_utf8() -> None:
    assert detect_encoding(TEXT.encode() + b"Caf\xe9\n", complete=True) == "utf-8"


def test_a_bad_byte_without_utf8_means_a_single_byte_encoding() -> None:
    assert detect_encoding(b"a,b\n" * 1000 + b"Caf\xe9,1\n", complete=True) == "cp1252"


def test_character_cut_off_by_the_sample_is_not_a_fault() -> None:
    cut = "x,é".encode()[:-1]
    assert detect_encoding(cut, complete=False) == "utf-8"
    assert detect_encoding(cut, complete=True) != "utf-8"


def test_stray_nul_bytes_do_not_make_utf16() -> None:
    assert detect_encoding(b"a,b\n1,2\n\0\n" * 20, complete=True) == "utf-8"


def test_first_accent_deep_in_a_file_counts() -> None:
    file = io.BytesIO(b"a,b\n" * SAMPLE + b"Caf\xe9 cr\xe8me,1\n")
    assert encoding_of(file) == "cp1252"
    assert file.tell() == 0


@pytest.mark.parametrize("name", ["utf-8", "UTF8", "latin1", "cp1252", "utf-16", "shift_jis", "mac_roman"])
def test_encodings_of_files(name: str) -> None:
    assert is_file_encoding(name)


@pytest.mark.parametrize("name", ["", "utf-9", "hex", "rot13", "idna", "utf-7", "a\0b"])
def test_encodings_that_files_do_not_use(name: str) -> None:
    assert not is_file_encoding(name)


def test_an_unambiguous_encoding_has_no_rivals() -> None:
    for sample, encoding in [
        (WESTERN.encode("cp1252"), "cp1252"),
        (b"brand\n" + b"Logitech\xcaGaming\n" * 3, "mac_roman"),
        (b"a,b\n", "utf-8"),
        (TEXT.encode(), "utf-8"),
    ]:
        assert rivals_of(sample, encoding) == ()


@pytest.mark.parametrize("sample", [b"brand\nLogitech\xcaGaming\n"])
def test_an_ambiguous_encoding_has_rivals(sample: bytes) -> None:
    assert rivals_of(sample, detect_encoding(sample, complete=True))
