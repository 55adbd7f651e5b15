"""A Superset that does what the tests ask: one line of JSON in, one out.

Runs in Superset's own environment, with the project's `superset/` among the places of its modules.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

# Answers go to the real standard output; whatever else is printed goes to the log.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def main() -> None:
    """Set the database up, then answer until the input ends."""
    from superset.app import create_app

    logging.disable(logging.WARNING)
    with create_app().app_context():
        # Superset's models need its application.
        import actions
        import metadata

        metadata.migrate()
        metadata.init_permissions()
        metadata.ensure_admin("only-for-tests")
        with metadata.as_admin():
            _answer("ready")
            for line in sys.stdin:
                name, arguments = json.loads(line)
                try:
                    _answer(getattr(actions, name)(**arguments))
                except Exception as error:
                    actions.db.session.rollback()
                    _answer({"error": f"{type(error).__name__}: {error}"})
                actions.db.session.expire_all()


def _answer(value: Any) -> None:
    print(json.dumps(value), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
