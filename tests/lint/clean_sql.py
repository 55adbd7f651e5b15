"""sqlfluff, which skips files that it has passed before: `python -m tests.lint.clean_sql MEMORY PATH …`.

What sqlfluff finds follows from a file's text, from what dbt renders it as and which part comes from where,
from sqlfluff's configuration, and from sqlfluff itself. Every file is rendered. If all of this is as it was
when the file passed, it is not parsed again. MEMORY is the file that remembers; it is written if its folder
exists.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar

from sqlfluff.cli import commands
from sqlfluff.core import Linter
from sqlfluff.core.linter.common import RenderedFile
from sqlfluff.core.linter.linted_file import LintedFile
from sqlfluff.core.rules.base import RulePack

from tradewind.settings import ROOT

PACKAGES = ("sqlfluff", "sqlfluff-templater-dbt")


class RememberingLinter(Linter):
    """Lints what did not pass before; a file that passed has no violations."""

    passed: frozenset[str] = frozenset()
    passing: ClassVar[set[str]] = set()

    @classmethod
    def lint_rendered(
        cls, rendered: RenderedFile, rule_pack: RulePack, fix: bool = False, formatter: object = None
    ) -> LintedFile:
        """Lint one file, or find that it has passed as it is."""
        digest = digest_of(rendered)
        if digest in cls.passed:
            found = LintedFile(rendered.fname, [], None, None, None, None, rendered.encoding)
        else:
            found = super().lint_rendered(rendered, rule_pack, fix, formatter)
        if not found.get_violations(filter_warning=False):
            cls.passing.add(digest)
        return found


def digest_of(rendered: RenderedFile) -> str:
    """Stands for all that sqlfluff's findings depend on."""
    return hashlib.sha256("\0".join(_parts(rendered)).encode()).hexdigest()


def _parts(rendered: RenderedFile) -> Iterator[str]:
    yield from map(version, PACKAGES)
    yield (ROOT / ".sqlfluff").read_text()
    yield str(Path(rendered.fname).absolute())
    yield rendered.source_str
    yield repr(rendered.templater_violations)
    for variant in rendered.templated_variants:
        yield variant.source_str
        yield variant.templated_str
        yield repr(variant.sliced_file)
        yield repr(variant.raw_sliced)


def main(memory: Path, paths: list[str]) -> int:
    """Lint the paths and return sqlfluff's exit code."""
    if memory.is_file():
        RememberingLinter.passed = frozenset(memory.read_text().split())
    commands.Linter = RememberingLinter
    try:
        commands.lint(paths)
    except SystemExit as end:
        if memory.parent.is_dir():
            memory.write_text("\n".join(sorted(RememberingLinter.passing)))
        return end.code
    raise AssertionError("sqlfluff did not say how it ended")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
