"""`make check` chooses the tests that a change may break, nearest first."""

from __future__ import annotations

import subprocess

import pytest

from tests.check import DBT, FOLLOWS, LINT, nearest
from tradewind.settings import ROOT


def test_a_changed_test_comes_first_and_then_those_that_import_the_change():
    test, module = "tests/unit/ingestion/matching/test_matching.py", "ingestion/matching/match.py"
    assert nearest([module, test])[0] == test
    assert "tests/unit/ingestion/explore/test_draft.py" in nearest([module])


@pytest.mark.parametrize(
    ("module", "test"),
    [
        ("tradewind/dashboards/tree.py", "tests/unit/tradewind/dashboards/test_tree.py"),
        ("superset/config/sql_wall.py", "tests/unit/superset/test_sql_wall.py"),
    ],
)
def test_modules_of_superset_are_found_by_their_last_name(module, test):
    assert test in nearest([module])[:12]


def test_changed_files_that_nothing_imports_have_their_tests():
    assert "tests/lint/test_dbt.py" in nearest(["dbt_project/macros/month.sql"])
    assert nearest(["README.md"]) == []


def test_no_end_to_end_test_is_near():
    assert not [test for test in nearest(["tests/e2e/conftest.py"]) if test.startswith("tests/e2e/")]


def test_what_the_table_names_exists():
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True)
    files = listing.stdout.splitlines()
    named = {*FOLLOWS, *LINT, *DBT, *(test for tests in FOLLOWS.values() for test in tests)}
    assert {name for name in named if not any(file.startswith(name) for file in files)} == set()
