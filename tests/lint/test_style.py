"""House rules as tests: `make lint` runs only this folder."""

import re
import subprocess
import sys

from tests.lint.commands import BIN, run
from tradewind.settings import ROOT


def test_python_is_clean():
    run(str(BIN / "ruff"), "check", ".")


def test_python_is_formatted():
    run(str(BIN / "ruff"), "format", "--check", ".")


def test_packages_import_only_what_they_may():
    run(str(BIN / "lint-imports"), "--no-cache")


def test_nothing_changes_the_search_path():
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, check=True, capture_output=True, text=True)
    changing = re.compile(r"sys\.path(\.(append|insert|extend)\(| *\+=)")
    assert [name for name in files.stdout.split() if changing.search((ROOT / name).read_text())] == []


def test_yaml_is_clean():
    run(str(BIN / "yamllint"), "--strict", ".")


def test_sources_follow_the_contracts():
    run(sys.executable, "-m", "ingestion", "sources", "--check")


def test_requirements_name_no_registry():
    for path in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"https?://|--(extra-)?index-url|--find-links", path.read_text()), path
