"""Unit tests of models try logic, not data: builds run them again only when the project has changed."""

from __future__ import annotations

from tradewind.settings import Settings


class UnitTests:
    """Whether the unit tests of a version of the project have passed, as a file in the state folder says."""

    def __init__(self, settings: Settings, project: str) -> None:
        self._note = settings.state / "dbt" / "unit_tests_passed"
        self._project = project

    @property
    def have_passed(self) -> bool:
        return self._note.is_file() and self._note.read_text() == self._project

    def note_passed(self) -> None:
        """Keep that all of them have passed."""
        self._note.parent.mkdir(parents=True, exist_ok=True)
        self._note.write_text(self._project)
