"""What documents name exists: targets of links, files and folders, verbs of the Makefile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tradewind.settings import ROOT

DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    ROOT / "ingestion" / "contracts" / "README.md",
    *(ROOT / "dbt_project").rglob("README.md"),
]

#: In backticks, from the root: a path into one of the folders.
PATH = re.compile(
    r"`((?:benchmarks|dags|dbt_project|deploy|docker|docs|ingestion|requirements|superset|tests|tradewind)/[\w./-]*)`"
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path):
    links = re.findall(r"\]\(([^)#]+)", document.read_text())
    gone = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert gone == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_paths_exist(document: Path):
    assert [path for path in PATH.findall(document.read_text()) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_verbs_are_in_the_makefile(document: Path):
    named = set(re.findall(r"(?:^|`)make ([a-z][\w-]*)", document.read_text(), re.MULTILINE))
    assert named <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
