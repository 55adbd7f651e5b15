"""`make reset` stops everything and deletes it. Last: nothing is there any more."""

import pytest

from deploy.__main__ import OURS
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.e2e


def test_a_reset_leaves_a_clone_as_it_came(stack: Stack):
    state = stack.settings.state
    loaded = sorted(path.name for path in stack.settings.landing.rglob("*"))
    assert (state / "postgres").is_dir()
    assert "deleted" in stack.shell("make reset YES=1")
    assert not stack.supervisor.states()
    assert not {path.name for path in state.iterdir()} & set(OURS)
    assert sorted(path.name for path in stack.settings.landing.rglob("*")) == loaded
