"""When pages are imported again because there are figures of something else."""

import subprocess
from subprocess import CompletedProcess

import pytest

from tradewind.dashboards import following, members, presence
from tradewind.dashboards.members import Members
from tradewind.dashboards.presence import NOTHING_KNOWN, Presence
from tradewind.settings import SettingError, Settings

NO_TARGETS = Presence(frozenset(), frozenset({("marts.mart_sales_trend", "sales_target")}))
#: No chart shows the column.
NO_RESPONSES = Presence(frozenset(), frozenset({("marts.mart_engagement_monthly", "responses")}))


@pytest.fixture
def settings(tmp_path):
    return Settings({"TRADEWIND_STATE": str(tmp_path)})


@pytest.fixture
def hold(monkeypatch):
    """Let the marts hold this, and these members, from now on."""

    def run(held, **values):
        monkeypatch.setattr(presence, "read", lambda _url: held)
        monkeypatch.setattr(members, "read", lambda _url, _file: Members(values))

    return run


@pytest.fixture
def imported(settings, hold):
    """Import while the marts hold this."""

    def run(held, **options):
        hold(held)
        following.note(settings, following.stamps_of(settings, **options))

    return run


def test_pages_follow_the_figures_and_back(settings, hold, imported):
    imported(NO_TARGETS)
    assert not following.is_outdated(settings)
    hold(NOTHING_KNOWN)
    assert following.is_outdated(settings)
    imported(NOTHING_KNOWN)
    hold(NO_TARGETS)
    assert following.is_outdated(settings)


def test_figures_that_no_page_shows_change_nothing(settings, hold, imported, monkeypatch):
    imported(NOTHING_KNOWN)
    hold(NO_RESPONSES)
    assert not following.is_outdated(settings)
    monkeypatch.setattr(following.asset_tree, "read", lambda: pytest.fail("compared again"))
    assert not following.is_outdated(settings)


def test_roles_follow_the_members(settings, hold, imported):
    hold(NOTHING_KNOWN, country=("Canada",))
    following.note(settings, following.stamps_of(settings))
    assert not following.is_outdated(settings)
    hold(NOTHING_KNOWN, country=("Canada", "Japan"))
    assert following.is_outdated(settings)
    following.note(settings, following.stamps_of(settings))
    assert not following.is_outdated(settings)


def test_the_setting_changes_pages(settings, imported):
    imported(NO_TARGETS)
    assert following.is_outdated(Settings({**settings.values, "ABSENT_TILES": "explain"}))


def test_pages_that_are_open_to_changes_stay(settings, hold, imported):
    imported(NOTHING_KNOWN, editable=True)
    hold(NO_TARGETS)
    assert not following.is_outdated(settings)


def test_where_superset_was_never_prepared_nothing_is_done(settings, hold):
    hold(NO_TARGETS)
    assert following.follow(settings) is False


def test_a_warehouse_that_does_not_answer(settings, imported, monkeypatch):
    imported(NOTHING_KNOWN)
    monkeypatch.undo()
    unreachable = Settings({**settings.values, "WAREHOUSE_URL": "postgresql://nobody@127.0.0.1:1/none"})
    assert not following.is_outdated(unreachable)


@pytest.mark.parametrize(("code", "expected"), [(0, True), (1, None)])
def test_an_import_that_fails_is_an_error(settings, imported, hold, monkeypatch, code, expected):
    imported(NOTHING_KNOWN)
    hold(NO_TARGETS)
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: CompletedProcess(command, code, "steps\n", "why")
    )
    if expected is None:
        with pytest.raises(RuntimeError, match="why"):
            following.follow(settings)
    else:
        assert following.follow(settings) is expected


def test_the_setting_is_one_of_two():
    assert Settings({}).absent_tiles == "leave-out"
    with pytest.raises(SettingError, match=r"ABSENT_TILES is 'hide' .*: it may be leave-out or explain"):
        _ = Settings({"ABSENT_TILES": "hide"}).absent_tiles
