"""Entry of both images: takes on the environment that a program has without containers, then becomes it.

    python -m docker.enter airflow|superset COMMAND…

Both environments are made by `deploy.stack.programs`, so that containers and supervisor cannot drift apart.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from deploy.setup.secrets import GENERATORS
from deploy.stack.programs import airflow_environment, superset_environment
from tradewind.settings import Settings

MAKERS = {"airflow": airflow_environment, "superset": superset_environment}

#: Secrets that are Superset's alone; it sees no others, and nobody else sees these.
SUPERSET_SECRETS = {"SUPERSET_ADMIN_PASSWORD", "SUPERSET_SECRET_KEY"}

#: What the report by e-mail looks at a dashboard with.
SHARED_SECRETS = {"SUPERSET_REPORTS_PASSWORD"}

#: Whatever may hold a password: the file of secrets gives every container all of them.
SECRETS = GENERATORS.keys() | {"WAREHOUSE_URL"}


def environment(whose: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """Environment of `airflow` or `superset` in a container that was given `inherited`."""
    hidden = SECRETS - SUPERSET_SECRETS - SHARED_SECRETS if whose == "superset" else SUPERSET_SECRETS
    kept = {name: value for name, value in inherited.items() if name not in hidden}
    return {**kept, **MAKERS[whose](Settings.load(inherited))}


def main() -> None:
    """Become the program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("whose", choices=MAKERS, help="environment to take on")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="program and its arguments")
    options = parser.parse_args()
    if not options.command:
        parser.error("which program?")
    os.execvpe(options.command[0], options.command, environment(options.whose, os.environ))


if __name__ == "__main__":
    main()
