"""What is retried after a failed build, and what is not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tradewind.warehouse.build import _failure
from tradewind.warehouse.failed_builds import is_transient


@pytest.mark.parametrize(
    "message",
    [
        'connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        "server closed the connection unexpectedly",
        "Database Error in model fct_sales\n  deadlock detected\n  DETAIL:  Process 7 waits",
        "canceling statement due to lock timeout",
        "terminating connection due to administrator command",
        "FATAL:  the database system is shutting down",
        "FATAL:  sorry, too many clients already",
        "could not serialize access due to concurrent update",
    ],
)
def test_transient_errors(message):
    assert is_transient(message)


@pytest.mark.parametrize(
    "message",
    [
        'column "country" does not exist',
        "Got 1 result, configured to fail if != 0",
        'connection to server at "::1" failed: FATAL:  password authentication failed for user "transformer"',
        "invalid input syntax for type numeric",
        "division by zero",
    ],
)
def test_permanent_errors(message):
    assert not is_transient(message)


def result(status: str, message: str) -> SimpleNamespace:
    return SimpleNamespace(
        status=status, message=message, node=SimpleNamespace(name="fct_sales", unique_id="model.fct_sales")
    )


def test_one_permanent_error_is_enough():
    lost = result("error", "server closed the connection unexpectedly")
    assert _failure([lost, lost]).is_transient
    assert not _failure([lost, result("error", "division by zero")]).is_transient
    failed = _failure([lost, result("fail", "Got 1 result")])
    assert not failed.is_transient
    assert str(failed) == (
        "dbt: fct_sales: server closed the connection unexpectedly; fct_sales: Got 1 result"
    )


def test_a_failure_without_a_message_is_permanent():
    assert not _failure([]).is_transient
