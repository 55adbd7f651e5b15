"""Entry point of both images: sets the environment that a program has without containers, then execs it.

    python -m docker.enter airflow|superset COMMAND…

`deploy.stack.programs` defines both environments, so containers and supervisor cannot drift apart.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from deploy.setup.secrets import GENERATORS
from deploy.stack.programs import airflow_environment, superset_environment
from tradewind.settings import Settings

MAKERS = {"airflow": airflow_environment, "superset": superset_environment}

#: Superset's own secrets; it sees no others, and nobody else sees these.
SUPERSET_SECRETS = {"SUPERSET_ADMIN_PASSWORD", "SUPERSET_SECRET_KEY"}

#: The password with which the report by e-mail opens a dashboard.
SHARED_SECRETS = {"SUPERSET_REPORTS_PASSWORD"}

#: Everything that may hold a password: the secrets file passes all of them to every container.
SECRETS = GENERATORS.keys() | {"WAREHOUSE_URL"}


def environment(whose: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """Environment of `airflow` or `superset` in a container whose own environment is `inherited`."""
    hidden = SECRETS - SUPERSET_SECRETS - SHARED_SECRETS if whose == "superset" else SUPERSET_SECRETS
    kept = {name: value for name, value in inherited.items() if name not in hidden}
    return {**kept, **MAKERS[whose](Settings.load(inherited))}


def main() -> None:
    """Replace this process with the program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("whose", choices=MAKERS, help="whose environment to set")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="program and its arguments")
    options = parser.parse_args()
    if not options.command:
        parser.error("name a program to run")
    os.execvpe(options.command[0], options.command, environment(options.whose, os.environ))


if __name__ == "__main__":
    main()
