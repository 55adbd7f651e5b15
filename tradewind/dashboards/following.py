"""Imports the pages again when a build changes which figures exist, or which members roles are made of.

Stamps in the state folder say for which figures and members, and by which setting, the pages in Superset
were made.
"""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys

from sqlalchemy.exc import SQLAlchemyError

from tradewind.dashboards import leaving_out, members, presence, security
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.members import Members
from tradewind.dashboards.presence import Presence
from tradewind.settings import ROOT, Settings
from tradewind.stamps import Stamps

#: Stamps: the pages that Superset has, and the figures for which they are known to be right.
PAGES, FIGURES = "pages", "figures"

#: In place of both, while pages are open to changes in the browser: they keep all their tiles.
EDITABLE = "editable"

log = logging.getLogger(__name__)


def follow(settings: Settings) -> bool:
    """Import the dashboards again if a page or a role would differ; returns whether it was so.

    Where the figures are of the same kinds as before, this costs one connection and a few queries. Where
    Superset was never prepared, as in the containers of Airflow, nothing is done.

    Raises:
        RuntimeError: the import failed; the message says what that means, with its output.
    """
    if not is_outdated(settings):
        return False
    command = [sys.executable, "-m", "deploy", "dashboards"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if outcome.returncode:
        raise RuntimeError(
            "the figures are published, but dashboards keep their tiles: make dashboards failed:\n"
            f"{outcome.stdout}{outcome.stderr}"
        )
    return True


def is_outdated(settings: Settings) -> bool:
    """Whether a page in Superset has a tile without figures, or lacks one, or a member has no role.

    False where that cannot be known: while pages are open to changes in the browser, before Superset was
    prepared, and while the warehouse does not answer.
    """
    stamps = _stamps(settings)
    if not (stamps.folder / PAGES).is_file() or stamps.is_current(PAGES, EDITABLE):
        return False
    try:
        held = _held(settings)
    except SQLAlchemyError as error:
        log.info("what there are figures of is not known: %s", error)
        return False
    if stamps.is_current(FIGURES, _of_figures(settings, *held)):
        return False
    if stamps.is_current(PAGES, _of_pages(settings, *held)):
        stamps.set(FIGURES, _of_figures(settings, *held))
        return False
    return True


def stamps_of(settings: Settings, *, editable: bool = False) -> dict[str, str]:
    """What `note` is to record of an import that begins now: name of each stamp -> digest."""
    if editable:
        return dict.fromkeys((PAGES, FIGURES), EDITABLE)
    try:
        held = _held(settings)
    except SQLAlchemyError:
        held = (presence.NOTHING_KNOWN, Members({}))
    return {PAGES: _of_pages(settings, *held), FIGURES: _of_figures(settings, *held)}


def note(settings: Settings, digests: dict[str, str]) -> None:
    """Record what Superset now has."""
    for name, digest in digests.items():
        _stamps(settings).set(name, digest)


def _stamps(settings: Settings) -> Stamps:
    return Stamps(settings.state / "stamps")


def _held(settings: Settings) -> tuple[Presence, Members]:
    url = settings.role_url("reporter")
    return presence.read(url), members.read(url, security.read())


def _of_figures(settings: Settings, held: Presence, roles_of: Members) -> str:
    return f"{settings.absent_tiles} {held.digest()} {roles_of.digest()}"


def _of_pages(settings: Settings, held: Presence, roles_of: Members) -> str:
    """Digest of all pages as they are with these figures, and of the members; reads all assets."""
    pages = asset_tree.of_kind(
        leaving_out.adapt(asset_tree.read(), held, settings.absent_tiles), "dashboards"
    )
    return hashlib.sha256(f"{sorted(pages.items())!r} {roles_of.digest()}".encode()).hexdigest()
