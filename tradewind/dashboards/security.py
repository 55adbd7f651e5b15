"""Who may see what: `security.yaml` read, checked against the assets, and expanded role by role.

A dashboard without a role and a dataset without a rule are faults: whatever nobody decided on stays closed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradewind.dashboards.shorthand import MARTS, dataset_uuid
from tradewind.dashboards.tree import FOLDER, Tree, full_name, nodes, of_kind

FILE = FOLDER / "security.yaml"

#: Superset manages these itself.
BUILT_IN = {"Admin", "Alpha", "Gamma", "Public", "sql_lab"}

#: Filters with the same key are joined by OR: a manager of two countries sees both.
GROUP = "managers"

#: In place of a list of values: the members that the data have.
ALL = "all"

# Such a value can be part of SQL between quotes: Superset finds no templates, parameters or escapes in it.
_PLAIN = re.compile(r"[^\W_][\w .,'()&/-]*")

# Superset's limit on the name of a role, and what is left of it for the family of members of any name.
_LONGEST_NAME = 64
_LONGEST_FAMILY = 32
_DIGEST = re.compile(r" #[0-9a-f]{12}$")
_KEYS = {"may", "of", "values", "schemas"}


@dataclass(frozen=True)
class Role:
    """One role of Superset.

    Attributes:
        family: its name in `security.yaml`, to which the role's own name adds the value.
        may: name of the set of permissions.
        of: column that limits it to the rows with `value`; empty for all rows.
    """

    name: str
    family: str
    may: str
    schemas: tuple[str, ...] = ()
    of: str = ""
    value: str = ""

    @property
    def clause(self) -> str:
        """The condition on rows, as SQL."""
        return f"{self.of} = {_literal(self.value)}" if self.of else ""


@dataclass(frozen=True)
class RowFilter:
    """Rows that some roles see of some datasets (`marts.mart_sales_monthly`); the others are hidden."""

    name: str
    clause: str
    datasets: tuple[str, ...]
    roles: tuple[str, ...]


class Security:
    """The content of `security.yaml`, and the members that its roles of `values: all` are made of."""

    def __init__(self, data: dict[str, Any], members: Mapping[str, Sequence[str]] | None = None) -> None:
        """Take the file's content.

        Args:
            members: of each column in `columns_of_all`; without them these families have no role.
        """
        self._data = data
        self.members = {column: tuple(values) for column, values in (members or {}).items()}
        self.permissions: dict[str, dict[str, list[str]]] = data.get("permissions") or {}
        self.families: dict[str, dict[str, Any]] = data.get("roles") or {}
        self.shown: dict[str, list[str]] = data.get("dashboards") or {}
        rules = data.get("datasets") or {}
        self.rules: dict[str, Any] = {_full_name(name): rule for name, rule in rules.items()}

    def with_members(self, members: Mapping[str, Sequence[str]]) -> Security:
        """The same file, with the members that the data have, by column."""
        return Security(self._data, members)

    def columns_of_all(self) -> set[str]:
        """Columns whose members the data decide on."""
        return {self.families[name]["of"] for name in self._families_of_all()}

    def limited_by(self, column: str) -> list[str]:
        """Datasets of which managers of the column see their own rows."""
        return [name for name, rule in self.rules.items() if _share(rule, column) == "own"]

    def is_of_all(self, role: str) -> bool:
        """Whether a role of this name is for a member that the data have, had, or may have one day."""
        return any(role.startswith(f"{family} ") for family in self._families_of_all())

    def roles(self) -> list[Role]:
        """Every role; for managers one per value."""
        return [role for name in self.families for role in self._family(name)]

    def dashboards(self) -> dict[str, list[str]]:
        """Slug -> names of the roles that may see the dashboard."""
        return {
            slug: [role.name for name in names for role in self._family(name)]
            for slug, names in self.shown.items()
        }

    def sees(self, role: Role, dataset: str) -> str:
        """What the role may see of a dataset's rows: `all`, `own` (those of its clause) or `none`."""
        if not role.of:
            return "all"
        return _share(self.rules[dataset], role.of)

    def row_filters(self) -> list[RowFilter]:
        """The filters that hide from managers the rows of others."""
        filters = []
        for name in self.families:
            roles = self._family(name)
            if not roles or not roles[0].of:
                continue
            own, none = (
                tuple(item for item in sorted(self.rules) if self.sees(roles[0], item) == share)
                for share in ("own", "none")
            )
            if own:
                filters += [RowFilter(role.name, role.clause, own, (role.name,)) for role in roles]
            if none:
                hidden = tuple(role.name for role in roles)
                filters.append(RowFilter(f"{name}: nothing of others", "1 = 0", none, hidden))
        return filters

    def _family(self, name: str) -> list[Role]:
        data = self.families[name]
        schemas = tuple(data.get("schemas", ()))
        if "of" not in data:
            return [Role(name, name, data["may"], schemas)]
        values = self.members.get(data["of"], ()) if data["values"] == ALL else data["values"]
        return [
            Role(role_name(name, value), name, data["may"], schemas, data["of"], value) for value in values
        ]

    def _families_of_all(self) -> list[str]:
        return [name for name, data in self.families.items() if data.get("values") == ALL and "of" in data]


def role_name(family: str, value: str) -> str:
    """Name of the role for a value, different for every value.

    A digest tells apart values that a form would change or that look like another one, such as very long
    ones or those that end in a space; the name shows as much of them as it can.
    """
    name = f"{family} {value}"
    is_plain = value.isprintable() and value == " ".join(value.split())
    is_plain = is_plain and unicodedata.is_normalized("NFC", value) and not _DIGEST.search(value)
    if is_plain and len(name) <= _LONGEST_NAME:
        return name
    suffix = f"#{hashlib.sha256(value.encode()).hexdigest()[:12]}"
    printable = "".join(letter if letter.isprintable() else " " for letter in value)
    shown = " ".join(unicodedata.normalize("NFC", printable).split())
    shown = shown[: _LONGEST_NAME - len(f"{family}  {suffix}")].strip()
    return " ".join(filter(None, (family, shown, suffix)))


def read(path: Path = FILE) -> Security:
    """The file, unchecked: `check` reports what is wrong with it."""
    return Security(yaml.safe_load(path.read_text()))


def check(security: Security, tree: Tree) -> list[str]:
    """Every fault, as `security.yaml: what is wrong`; an empty list if there is none."""
    faults = [*_permission_faults(security), *_role_faults(security)]
    # the other checks rely on the roles
    faults = faults or [*_dataset_faults(security, tree), *_dashboard_faults(security, tree)]
    return [f"{FILE.name}: {fault}" for fault in faults]


def _role_faults(security: Security) -> Iterator[str]:
    for name, data in security.families.items():
        if unknown := set(data) - _KEYS:
            yield f"role {name}: unknown keys: {', '.join(sorted(unknown))}"
        if name in BUILT_IN:
            yield f"role {name} is Superset's own"
        granted = security.permissions.get(data.get("may"))
        if granted is None:
            yield f"role {name} may '{data.get('may')}', which is not a set of permissions"
            continue
        if ("of" in data) != ("values" in data):
            yield f"role {name} needs both 'of' and 'values', or neither"
        if "of" in data and ("like" in granted or data.get("schemas")):
            yield f"role {name} is limited to rows, which SQL Lab and schemas do not respect"
        values = data.get("values", [])
        if values == ALL:
            yield from _all_faults(security, name)
            continue
        if not isinstance(values, list):
            yield f"role {name}: values is a list, or {ALL}"
            continue
        for value, times in Counter(map(str, values)).items():
            if times > 1:
                yield f"role {name}: {value} occurs twice"
            if not _PLAIN.fullmatch(value):
                yield f"role {name}: {value!r} cannot be part of a condition"


def _all_faults(security: Security, name: str) -> Iterator[str]:
    """Why roles of members with any name could not be told from others."""
    if len(name) > _LONGEST_FAMILY:
        yield f"role {name}: with values: {ALL} its name may have {_LONGEST_FAMILY} characters"
    for other in security.families:
        if other.startswith(f"{name} "):
            yield f"role {other} could be taken for one of {name}, whose values are {ALL}: rename it"


def _permission_faults(security: Security) -> Iterator[str]:
    for name, granted in security.permissions.items():
        for other in granted.get("like", []):
            if other == name or other not in security.permissions.keys() | BUILT_IN:
                yield f"permissions {name}: there is no '{other}' to be like"
        if name in BUILT_IN:
            yield f"permissions {name}: that is a role of Superset's own"


def _dataset_faults(security: Security, tree: Tree) -> Iterator[str]:
    limits = {data["of"] for data in security.families.values() if "of" in data}
    columns = {
        full_name(data): {column["column_name"] for column in data["columns"]}
        for data in of_kind(tree, "datasets").values()
    }
    for name in sorted(columns.keys() - security.rules.keys()):
        yield f"dataset {name} has no rule: say what managers see of it"
    for name, rule in security.rules.items():
        if name not in columns:
            yield f"dataset {name} does not exist"
        elif isinstance(rule, dict):
            if set(rule) != {"only"} or not rule["only"]:
                yield f"dataset {name}: a rule is open, a column, or only: [roles]"
                continue
            for role in set(rule["only"]) - security.families.keys():
                yield f"dataset {name}: there is no role {role}"
        elif rule != "open":
            for column in _columns(rule):
                if column not in limits:
                    yield f"dataset {name}: no role is a manager of '{column}'"
                elif column not in columns[name]:
                    yield f"dataset {name} has no column {column}"


def _dashboard_faults(security: Security, tree: Tree) -> Iterator[str]:
    present = {data["slug"]: data for data in of_kind(tree, "dashboards").values()}
    for slug in present:
        if not security.shown.get(slug):
            yield f"dashboard {slug} has no role: nobody would see it, or everybody"
    for slug, names in security.shown.items():
        if slug not in present:
            yield f"dashboard {slug} does not exist"
        for name, times in Counter(names).items():
            if name not in security.families:
                yield f"dashboard {slug}: there is no role {name}"
            elif times > 1:
                yield f"dashboard {slug}: {name} occurs twice"
            elif slug in present:
                yield from _hidden_from(security, tree, present[slug], name)


def _hidden_from(security: Security, tree: Tree, dashboard: dict[str, Any], family: str) -> Iterator[str]:
    """Datasets of the dashboard that one of its roles may not see: charts would stay empty."""
    column = security.families[family].get("of", "")
    for dataset in sorted(datasets_of(dashboard, tree)):
        rule = security.rules.get(dataset)
        if isinstance(rule, dict):
            hidden = family not in rule.get("only", [])
        else:
            hidden = rule is not None and column and _share(rule, column) == "none"
        if hidden:
            yield f"dashboard {dashboard['slug']} shows {dataset}, of which {family} may see nothing"


def datasets_of(dashboard: dict[str, Any], tree: Tree) -> set[str]:
    """Datasets (`marts.mart_sales_monthly`) of the charts and filters of a dashboard."""
    names = {dataset_uuid(name): name for name in map(full_name, of_kind(tree, "datasets").values())}
    charts = {data["uuid"]: data["dataset_uuid"] for data in of_kind(tree, "charts").values()}
    used = {charts.get(node["meta"]["uuid"]) for node in nodes(dashboard, "CHART")}
    for item in dashboard["metadata"].get("native_filter_configuration", []):
        used |= {target.get("datasetUuid") for target in item["targets"]}
    return {names[uuid] for uuid in used if uuid in names}


def _share(rule: Any, column: str) -> str:
    if rule == "open":
        return "all"
    return "own" if not isinstance(rule, dict) and column in _columns(rule) else "none"


def _columns(rule: str | list[str]) -> list[str]:
    return [rule] if isinstance(rule, str) else rule


def _full_name(dataset: str) -> str:
    return dataset if "." in dataset else f"{MARTS}.{dataset}"


def _literal(value: str) -> str:
    """The value as SQL, in hexadecimal where Superset would find templates, parameters or escapes in it."""
    if _PLAIN.fullmatch(value):
        escaped = value.replace("'", "''")
        return f"'{escaped}'"
    return f"convert_from(decode('{value.encode().hex()}', 'hex'), 'UTF8')"
