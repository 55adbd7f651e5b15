"""Options of `python -m tradewind backfill` that say nothing are refused, before the warehouse is asked."""

from __future__ import annotations

import argparse

import pytest

from tradewind.backfill.command import add_backfill, run_backfill
from tradewind.settings import Settings


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--file", "absent.yaml"], "there is no file absent.yaml"),
        (["march", "--file", "absent.yaml", "--run"], "there is no file absent.yaml"),
        (["--run"], "--run and --again go with the name of an entry"),
        (["--again"], "--run and --again go with the name of an entry"),
        (["march", "--step-rows", "0"], "--step-rows is 0: at least 1"),
        (["march", "--step-rows", "-5", "--run"], "--step-rows is -5: at least 1"),
    ],
)
def test_options_that_say_nothing_are_refused(capsys, arguments, said):
    parser = argparse.ArgumentParser()
    add_backfill(parser.add_subparsers())
    assert run_backfill(Settings({}), parser.parse_args(["backfill", *arguments])) == 2
    assert capsys.readouterr().err == f"error: {said}\n"
