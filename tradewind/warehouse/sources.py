"""What a build needs of the loader's side: files that are generated from the contracts, and raw tables."""

from __future__ import annotations

import logging

from ingestion.contract.files import find_contracts
from ingestion.database.connection import connect, conninfo
from ingestion.database.schema import ensure_schema
from ingestion.describe.generated import write_generated
from tradewind.settings import ROOT, Settings

log = logging.getLogger(__name__)


def follow_contracts(settings: Settings) -> list[str]:
    """Bring generated files and raw tables up to date with the contracts.

    Returns:
        What could not be done, and what to do about it. A build that needs none of it passes all the same.
    """
    contracts, faults = find_contracts()
    problems = list(map(str, faults))
    # Without the contract that is wrong the files would forget its source, which models still read.
    if not faults:
        try:
            for path in write_generated(contracts):
                log.info("%s lagged behind the contracts: written again", path.relative_to(ROOT))
        except OSError as error:
            problems.append(
                f"{error.filename or 'a generated file'} lags behind the contracts and cannot be written here"
                f" ({error.strerror}): run python -m ingestion sources where it can be"
            )
    with connect(conninfo(settings, "loader")) as connection, connection.transaction():
        unfit = ensure_schema(connection, contracts)
    problems += map(str, unfit.values())
    for problem in problems:
        log.warning("%s", problem)
    return problems
