"""Password guessing in Airflow's API is slowed down, separately for each name."""

import pytest
from fastapi import HTTPException

from tradewind.settings import ROOT


@pytest.fixture
def manager(monkeypatch, tmp_path):
    """The manager, without an application and its users."""
    monkeypatch.syspath_prepend(str(ROOT / "deploy" / "airflow"))
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    import guarded_login

    # no user has the password; everything else is real
    monkeypatch.setattr(guarded_login.FabAuthManager, "create_token", lambda *_: None)
    return object.__new__(guarded_login.GuardedAuthManager)


def test_guesses_at_one_name_slow_down_no_other(manager):
    for name in range(60):
        assert manager.create_token({}, {"username": f"user {name}", "password": "x"}) is None
    for _ in range(5):
        assert manager.create_token({}, {"username": "Ada", "password": "x"}) is None
    with pytest.raises(HTTPException) as refused:
        manager.create_token({}, {"username": " ada", "password": "x"})
    assert refused.value.status_code == 429
    assert manager.create_token({}, {"username": "Bob", "password": "x"}) is None
