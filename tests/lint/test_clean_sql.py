"""sqlfluff leaves out a file only if it passed with the same text, rendering and path."""

import pytest
from sqlfluff.core import FluffConfig, Linter
from sqlfluff.core.linter.linted_file import LintedFile

from tests.lint.clean_sql import RememberingLinter, digest_of

CLEAN = "SELECT {{ name }} FROM sales\n"
DIRTY = "SELECT {{ name }} from sales\n"


def rendered(text: str, name: str = "day", path: str = "a.sql"):
    config = FluffConfig(
        {"templater": {"jinja": {"context": {"name": name}}}},
        overrides={"dialect": "postgres", "templater": "jinja"},
    )
    return Linter(config=config).render_string(text, path, config, "utf-8")


@pytest.fixture
def lint(monkeypatch: pytest.MonkeyPatch):
    """Lint with what has passed until now."""
    passing: set[str] = set()

    def run(file) -> LintedFile:
        monkeypatch.setattr(RememberingLinter, "passed", frozenset(passing))
        monkeypatch.setattr(RememberingLinter, "passing", passing)
        return RememberingLinter.lint_rendered(file, Linter(config=file.config).get_rulepack())

    return run


def test_a_file_that_passed_is_not_parsed_again(lint, monkeypatch):
    assert lint(rendered(CLEAN)).get_violations() == []
    monkeypatch.setattr(Linter, "parse_rendered", None)
    assert lint(rendered(CLEAN)).get_violations() == []


def test_a_file_that_did_not_pass_is_linted_each_time(lint):
    for _ in range(2):
        assert [each.rule_code() for each in lint(rendered(DIRTY)).get_violations()] == ["CP01"]


def test_another_text_rendering_or_path_is_another_file():
    files = [rendered(CLEAN), rendered(DIRTY), rendered(CLEAN, name="month"), rendered(CLEAN, path="b.sql")]
    assert len({digest_of(each) for each in files}) == len(files)
    assert digest_of(rendered(CLEAN)) == digest_of(rendered(CLEAN))
