"""Which files are named, and whose they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.settings import ROOT
from tradewind.source.errors import SourceError
from tradewind.source.files import as_domain, domain_of, guessed_domain, named_files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("orders.csv", "my orders.csv", "my", "products 2.csv", "exports/a.csv", "exports/b.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "exports" / ".hidden").touch()
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("orders.csv", ["orders.csv"]),
        ("my orders.csv", ["my orders.csv"]),
        ("'my orders.csv' orders.csv", ["my orders.csv", "orders.csv"]),
        (r"my\ orders.csv", ["my orders.csv"]),
        # as many words as make a file
        ("orders.csv my orders.csv products 2.csv", ["orders.csv", "my orders.csv", "products 2.csv"]),
        ("my orders.csv my", ["my orders.csv", "my"]),
        ("exports/*.csv", ["exports/a.csv", "exports/b.csv"]),
        ("exports", ["exports/a.csv", "exports/b.csv"]),
        ("orders.csv exports/a.csv orders.csv", ["orders.csv", "exports/a.csv"]),
    ],
)
def test_named_files(folder: Path, words: str, names: list[str]) -> None:
    assert named_files(words) == [Path(name) for name in names]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "name the files"),
        ("   ", "name the files"),
        ("gone.csv", "there is no file gone.csv"),
        ("orders.csv it's gone", "there is no file it's"),
        ("exports/*.xlsx", "there is no file exports/"),
        ("empty", "no file in the folder empty"),
    ],
)
def test_what_names_no_file(folder: Path, words: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        named_files(words)


def test_a_held_file_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDING_DIR", str(folder / "landing"))
    (folder / "landing" / "held").mkdir(parents=True)
    (folder / "landing" / "held" / "7_gone.csv").touch()
    with pytest.raises(SourceError, match=r"held/7_gone\.csv: name it there"):
        named_files("gone.csv")


@pytest.mark.parametrize(
    ("paths", "domain"),
    [
        (["/srv/acme/orders.csv"], "acme"),
        (["/srv/Acme & Co/exports/orders.csv"], "acme_co"),
        (["/srv/acme/2024/01/orders.csv"], "acme"),
        (["/srv/acme/orders/a.csv", "/srv/acme/products/b.csv"], "acme"),
        (["/tmp/exports/orders.csv"], None),
        ([str(ROOT / "orders.csv")], None),
        ([str(ROOT / "landing" / "orders.csv")], None),
        ([str(Path.home() / "Downloads" / "orders.csv")], None),
        ([str(Path.home() / "acme" / "Downloads" / "orders.csv")], "acme"),
    ],
)
def test_the_folder_says_whose_files_they_are(paths: list[str], domain: str | None) -> None:
    assert domain_of([Path(each) for each in paths]) == domain


def test_here_is_the_folder_that_it_stands_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = folder / "acme" / "exports"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert domain_of([Path("orders.csv")]) == domain_of([Path("./orders.csv")]) == "acme"


def test_without_a_folder_that_says_it() -> None:
    assert guessed_domain([Path("AW_Sales.csv"), Path("AW_Products.csv")]) == "aw"
    assert guessed_domain([Path("sales 2024.csv"), Path("sales 2025.csv")]) == "company"
    assert guessed_domain([Path("superstore.csv")]) == "company"
    assert as_domain("Acme & Co") == "acme_co"
    assert as_domain("order") != "order", "a word of SQL"
