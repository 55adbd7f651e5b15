"""Password guessing is slowed down, and nothing else is."""

import multiprocessing
import stat

import pytest

from tradewind.failed_logins import OF_ADDRESS, OF_NAME, OF_NAME_AND_ADDRESS, WINDOW, Guesses


@pytest.fixture
def clock():
    return [1000.0]


@pytest.fixture
def guesses(tmp_path, clock):
    return Guesses(tmp_path / "logins.sqlite", lambda: clock[0])


def fail(guesses, times, name="ada", address="10.0.0.1"):
    for _ in range(times):
        guesses.failed(name, address)


def test_a_few_typing_errors_cost_nothing(guesses):
    fail(guesses, OF_NAME_AND_ADDRESS - 1)
    assert guesses.seconds_to_wait("ada", "10.0.0.1") == 0


def test_more_errors_mean_a_short_wait(guesses, clock):
    fail(guesses, OF_NAME_AND_ADDRESS)
    assert guesses.seconds_to_wait(" ADA ", "10.0.0.1") == WINDOW
    clock[0] += WINDOW
    assert guesses.seconds_to_wait("ada", "10.0.0.1") == 0


def test_nobody_else_has_to_wait(guesses):
    fail(guesses, OF_NAME_AND_ADDRESS)
    assert guesses.seconds_to_wait("bob", "10.0.0.1") == 0
    assert guesses.seconds_to_wait("ada", "10.0.0.2") == 0


def test_one_name_is_not_guessed_from_many_addresses(guesses):
    for number in range(OF_NAME):
        guesses.failed("ada", f"10.0.1.{number}")
    assert guesses.seconds_to_wait("ada", "10.0.2.1") > 0


def test_one_address_does_not_guess_many_names(guesses):
    for number in range(OF_ADDRESS):
        guesses.failed(f"user{number}", "10.0.0.1")
    assert guesses.seconds_to_wait("bob", "10.0.0.1") > 0


def test_a_successful_login_resets_the_count(guesses):
    fail(guesses, OF_NAME_AND_ADDRESS - 1)
    guesses.succeeded("ada", "10.0.0.1")
    fail(guesses, 1)
    assert guesses.seconds_to_wait("ada", "10.0.0.1") == 0


def _fail_often(file):
    fail(Guesses(file), 5)


def test_all_processes_share_the_count(tmp_path):
    file = tmp_path / "logins.sqlite"
    processes = [multiprocessing.get_context("spawn").Process(target=_fail_often, args=(file,)) for _ in "ab"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert Guesses(file).seconds_to_wait("ada", "10.0.0.1") > 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
