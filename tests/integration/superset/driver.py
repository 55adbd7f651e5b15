"""A Superset that does what the tests request: one line of JSON in, one out.

It sets its database up, and then serves one test module after the other: `open` begins with whatever database
lies at its address, `close` lets go of it, so that another can be put there.

Runs in Superset's own environment, where `tradewind.dashboards` is found by PYTHONPATH.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from types import ModuleType
from typing import Any

# Answers go to the real standard output; everything else that is printed goes to the log.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def main() -> None:
    """Set the database up, then answer until the input ends."""
    from superset.app import create_app

    logging.disable(logging.WARNING)
    with create_app().app_context():
        # Superset's models need its application.
        import actions

        from tradewind.dashboards import metadata

        metadata.migrate()
        metadata.init_permissions()
        metadata.ensure_admin("only-for-tests")
        _let_go(actions)
        while sys.stdin.readline():
            with metadata.as_admin():
                _answer("open")
                _serve(actions)
            _let_go(actions)


def _serve(actions: ModuleType) -> None:
    """Execute requests until the database is to be closed, or the input ends."""
    for line in sys.stdin:
        name, arguments = json.loads(line)
        if name == "close":
            return
        try:
            _answer(getattr(actions, name)(**arguments))
        except Exception as error:
            actions.db.session.rollback()
            _answer({"error": f"{type(error).__name__}: {error}"})
        actions.db.session.expire_all()


def _let_go(actions: ModuleType) -> None:
    actions.db.session.remove()
    actions.db.engine.dispose()
    _answer("closed")


def _answer(value: Any) -> None:
    print(json.dumps(value), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
