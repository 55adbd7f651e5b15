"""Roles of a large family of managers: some are checked chart by chart, the others compared with these.

Roles of a family differ in one value. Where permissions, dashboards and row filters in Superset are the same
except for it, they see the same, each of its own rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tradewind.dashboards.security import GROUP, Role, RowFilter, Security
from tradewind.dashboards.users import role_ids
from tradewind.dashboards.web import Session

#: Roles of one family that are checked chart by chart: with so many, every one of them.
CHECKED = 8

Fault = tuple[str, str, str]


def sample(security: Security) -> list[Role]:
    """The roles to check chart by chart: up to `CHECKED` of each family.

    The most unusual names come first, as they are the likeliest to be misread; then some from the first to
    the last.
    """
    return [role for family in security.families for role in _of_family(security, family)]


def faults(admin: Session, security: Security) -> list[Fault]:
    """Role, place and fault of each role that is not in the sample, and differs from one that is.

    Raises:
        LookupError: Superset does not answer.
    """
    checked = {role.name: role for role in sample(security)}
    others = [role for role in security.roles() if role.name not in checked]
    if not others:
        return []
    models = {role.family: role for role in checked.values()}
    ids = role_ids(admin)
    granted = {family: _permissions(admin, ids[role.name]) for family, role in models.items()}
    found: list[Fault] = []
    for role in others:
        if role.name not in ids:
            found.append((role.name, "Superset", "has no such role: run make dashboards"))
        elif _permissions(admin, ids[role.name]) != granted[role.family]:
            found.append((role.name, "permissions", f"differ from those of {models[role.family].name}"))
    names = {role.name for role in others}
    return [*found, *_of_filters(admin, security, names), *_of_dashboards(admin, security, names)]


def _of_family(security: Security, family: str) -> list[Role]:
    roles = [role for role in security.roles() if role.family == family]
    if len(roles) <= CHECKED:
        return roles
    unusual = sorted(roles, key=lambda role: not _is_unusual(role))[: CHECKED // 2]
    unusual = [role for role in unusual if _is_unusual(role)]
    rest = [role for role in roles if role not in unusual]
    steps = CHECKED - len(unusual) - 1
    return [*unusual, *(rest[number * (len(rest) - 1) // steps] for number in range(steps + 1))]


def _is_unusual(role: Role) -> bool:
    """Whether its name or its condition cannot hold the value as it is."""
    return role.value not in role.clause or role.name != f"{role.family} {role.value}"


def _of_filters(admin: Session, security: Security, names: set[str]) -> Iterator[Fault]:
    present = {item["name"]: item for item in admin.list_all("rowlevelsecurity")}
    for wanted in security.row_filters():
        for role in sorted(names.intersection(wanted.roles)):
            if fault := _difference(wanted, present.get(wanted.name)):
                yield role, f"row filter {wanted.name}", fault


def _difference(wanted: RowFilter, item: dict[str, Any] | None) -> str:
    if item is None:
        return "is missing"
    tables = {name.partition(".")[2] for name in wanted.datasets}
    if item["clause"] != wanted.clause or item["filter_type"] != "Regular" or item["group_key"] != GROUP:
        return "has another condition"
    if {table["table_name"] for table in item["tables"]} != tables:
        return "is on other datasets"
    if {role["name"] for role in item["roles"]} != set(wanted.roles):
        return "is for other roles"
    return ""


def _of_dashboards(admin: Session, security: Security, names: set[str]) -> Iterator[Fault]:
    for slug, roles in security.dashboards().items():
        answer = admin.get(f"/api/v1/dashboard/{slug}")
        if answer.status != 200:
            raise LookupError(f"Superset has no dashboard {slug}: run make dashboards")
        present = {role["name"] for role in answer.json["result"]["roles"]}
        for name in sorted(names & (present ^ set(roles))):
            yield name, slug, "may open it, and should not" if name in present else "may not open it"


def _permissions(admin: Session, role_id: int) -> set[int]:
    answer = admin.get(f"/api/v1/security/roles/{role_id}/permissions/")
    if answer.status != 200:
        raise LookupError(f"Superset does not list the permissions of a role: {answer}")
    return {item["id"] for item in answer.json["result"]}
