"""Write charts and dashboards that were changed in the browser back into the repository, as small diffs.

What the repository has is compared and, if it differs, changed line by line. Objects that somebody made by
hand in the browser stay there, unless a dashboard of the repository shows them or `--only` names them.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from tradewind.dashboards import canonical, checks, leaving_out, yaml_lines, yaml_style
from tradewind.dashboards import tree as asset_tree
from tradewind.dashboards.canonical import CanonicalError, Names
from tradewind.dashboards.shorthand import dataset_uuid, page_slug, slug, uuid_for
from tradewind.dashboards.tree import ASSETS, Tree, of_kind

REQUIRED = ("SUPERSET_CONFIG_PATH", "WAREHOUSE_READERS_URL")


@dataclass
class Outcome:
    """What an export did, by paths in the tree of assets.

    Attributes:
        adopted: kind and uuid in Superset -> name in the repository.
        notes: what somebody should know, in whole sentences.
    """

    same: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    adopted: dict[tuple[str, str], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"changed  {path}" for path in self.changed] + [f"new      {path}" for path in self.new]
        lines += [f"note     {note}" for note in self.notes]
        counts = f"{len(self.same)} files same, {len(self.changed)} changed, {len(self.new)} new"
        return "\n".join([*lines, counts])


def bring_back(exported: Tree, folder: Path = ASSETS, only: list[str] | None = None) -> Outcome:
    """Write what differs into the folder.

    Args:
        exported: as Superset's export names and writes it; every chart in a layout by its uuid.
        only: slugs of dashboards; if given, only these and their charts are considered.

    Raises:
        CanonicalError: if one of `only` does not exist.
        TreeError: if the folder's own files have faults.
    """
    return _Export(exported, folder, only or []).run()


class _Export:
    def __init__(self, exported: Tree, folder: Path, only: list[str]) -> None:
        self.folder = folder
        self.tree = asset_tree.read(folder)
        self.outcome = Outcome()
        self.paths = {data["uuid"]: path for path, data in self.tree.items() if "uuid" in data}
        self.charts = {data["uuid"]: data for data in of_kind(exported, "charts").values()}
        self.datasets = {data["uuid"]: data for data in of_kind(exported, "datasets").values()}
        self.databases = of_kind(exported, "databases")
        self.adapted: set[str] = set()
        self.dashboards = self._chosen(of_kind(exported, "dashboards"), only)
        self.only = only
        self.wanted = self._wanted_charts()
        self.look = asset_tree.brand_look()
        self.known = self._names()

    def run(self) -> Outcome:
        for uuid in self.wanted:
            self._settle("charts", uuid, self._chart)
        for uuid in self.dashboards:
            self._settle("dashboards", uuid, self._dashboard)
        if not self.only:
            self.outcome.notes += self._absent()
            self._compare_datasets()
        return self.outcome

    def _chosen(self, exported: Tree, only: list[str]) -> dict[str, dict[str, Any]]:
        by_slug: dict[str, dict[str, Any]] = {}
        for data in sorted(exported.values(), key=lambda each: each["uuid"] not in self.paths):
            address, title = address_of(data), data["dashboard_title"]
            first = by_slug.setdefault(address, data)
            if first is not data and (address in only or not only):
                self.outcome.notes.append(
                    f"skipped '{title}': '{first['dashboard_title']}' has the same address, {address}; "
                    "give one of them another in its properties"
                )
        if absent := sorted(set(only) - by_slug.keys()):
            there = ", ".join(sorted(by_slug)) or "none"
            raise CanonicalError(f"no dashboard has the slug {', '.join(absent)}; there are: {there}")
        chosen = [
            data
            for name, data in by_slug.items()
            if name in only or (not only and data["uuid"] in self.paths)
        ]
        return {data["uuid"]: data for data in chosen if not self._is_adapted(data)}

    def _is_adapted(self, dashboard: dict[str, Any]) -> bool:
        """Whether tiles of the page were left out or explained: it is locked, and not as its file says."""
        if leaving_out.MARK not in dashboard.get("metadata", {}):
            return False
        title = dashboard["dashboard_title"]
        self.adapted.add(dashboard["uuid"])
        self.outcome.notes.append(
            f"{title}: not compared, since it is shown without tiles that have no figures: "
            "make dashboards EDITABLE=1 shows them all"
        )
        return True

    def _wanted_charts(self) -> dict[str, str]:
        """Uuids of charts to consider, and the name of each one's file."""
        wanted = {}
        if not self.only:
            for uuid in self.charts.keys() & self.paths.keys():
                wanted[uuid] = PurePosixPath(self.paths[uuid]).stem
        taken = {PurePosixPath(path).stem for path in of_kind(self.tree, "charts")}
        for uuid, dashboard in self.dashboards.items():
            for node in asset_tree.nodes(dashboard, "CHART"):
                chart = node["meta"].get("uuid")
                if chart in self.paths:
                    if chart not in self.charts:
                        continue  # it was deleted there, and the page not saved since
                    wanted[chart] = PurePosixPath(self.paths[chart]).stem
                elif chart in self.charts and chart not in wanted:
                    name = _unused(slug(self.charts[chart]["slice_name"]) or "chart", taken)
                    taken.add(name)
                    wanted[chart] = name
                    folder = PurePosixPath(self._path("dashboards", uuid)).stem
                    self.outcome.adopted["charts", chart] = f"charts/{folder}/{name}.yaml"
        return wanted

    def _names(self) -> Names:
        charts = {
            data["uuid"]: PurePosixPath(path).stem for path, data in of_kind(self.tree, "charts").items()
        }
        titles = {
            PurePosixPath(path).stem: data["slice_name"]
            for path, data in of_kind(self.tree, "charts").items()
        }
        for uuid, name in self.wanted.items():
            charts[uuid] = charts[uuid_for("charts", name)] = name
            titles[name] = self.charts[uuid]["slice_name"]
        datasets, periods = {}, {}
        for data in of_kind(self.tree, "datasets").values():
            is_plain = dataset_uuid(data["table_name"]) == data["uuid"]
            name = data["table_name"] if is_plain else asset_tree.full_name(data)
            datasets[data["uuid"]] = name
            periods[name] = data.get("main_dttm_col")
        return Names(charts, titles, datasets, periods)

    def _path(self, kind: str, uuid: str) -> str:
        if uuid in self.paths:
            return self.paths[uuid]
        if (kind, uuid) not in self.outcome.adopted:
            path = file_of(self.dashboards[uuid])
            if path in self.tree or path in self.outcome.adopted.values():
                raise CanonicalError(f"its file would be {path}, which another one has: change its address")
            self.outcome.adopted[kind, uuid] = path
        return self.outcome.adopted[kind, uuid]

    def _settle(self, kind: str, uuid: str, shorten) -> None:
        try:
            path = self._path(kind, uuid)
            file = self.folder / path
            text = shorten(uuid, path, file.read_text() if file.is_file() else None)
        except CanonicalError as error:
            title = (self.charts | self.dashboards)[uuid]
            self.outcome.notes.append(
                f"skipped '{title.get('slice_name') or title.get('dashboard_title')}': {error}"
            )
            self.outcome.adopted.pop((kind, uuid), None)
            if uuid not in self.paths:
                # a page that shows it cannot be kept either
                self.known = self._without_chart(uuid)
            return
        if not file.is_file():
            self.outcome.new.append(path)
        elif file.read_text() == text:
            self.outcome.same.append(path)
            return
        else:
            self.outcome.changed.append(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def _without_chart(self, uuid: str) -> Names:
        name = self.wanted.get(uuid)
        charts = {key: value for key, value in self.known.charts.items() if value != name}
        return replace(self.known, charts=charts)

    def _chart(self, uuid: str, path: str, text: str | None) -> str:
        if text is None:
            return yaml_style.render(canonical.chart(self.charts[uuid], self.known))
        old = canonical.chart(self.tree[path], self.known)
        new = canonical.chart(self.charts[uuid], self.known, old)
        shown_always = canonical.defaults_of(old["viz_type"])
        if doubtful := [
            key for key in canonical.not_saved(self.charts[uuid], old) if key not in shown_always
        ]:
            names = ", ".join(doubtful)
            self.outcome.notes.append(
                f"{path} keeps {names}, not saved by the browser: was it cleared there?"
            )
        return _rewritten(text, old, new)

    def _dashboard(self, uuid: str, path: str, text: str | None) -> str:
        # One made by hand has the id of its new file from now on.
        exported = {**self.dashboards[uuid], "uuid": uuid_for("dashboards", PurePosixPath(path).stem)}
        if text is None:
            return yaml_style.render(canonical.dashboard(exported, self.known, self.look, {}))
        raw = yaml.safe_load(text)
        texts = {f"MARKDOWN-{name}": name for name in raw.get("texts", {})}
        old = canonical.dashboard(self.tree[path], self.known, self.look, texts)
        new = canonical.dashboard(exported, self.known, self.look, texts)
        if not canonical.is_short(raw):
            # A raw layout stays raw, which makes changes in it easier to see.
            old, new = (
                canonical.clean_dashboard(each, self.known, self.look) for each in (self.tree[path], exported)
            )
            if old != new and _numbers(raw) != _numbers(old):
                return yaml_style.render(new)
        elif not canonical.is_short(new) and old != new:
            self.outcome.notes.append(
                f"{path} has a raw layout now: rows and tabs cannot say what was changed"
            )
            return yaml_style.render(new)
        return _rewritten(text, old, new)

    def _absent(self) -> Iterator[str]:
        there = self.charts.keys() | self.dashboards.keys() | self.adapted
        for kind in asset_tree.EDITABLE:
            for path, data in of_kind(self.tree, kind).items():
                if data["uuid"] not in there:
                    yield f"{path} is not in Superset: if it was deleted there, delete the file"

    def _compare_datasets(self) -> None:
        address = next((data["sqlalchemy_uri"] for data in self.databases.values()), "")
        for path, data in of_kind(self.tree, "datasets").items():
            found = self.datasets.get(data["uuid"])
            if found is None:
                self.outcome.notes.append(f"{path} is not in Superset")
            elif differences := list(_dataset_differences(data, found, address)):
                what = ", ".join(differences)
                self.outcome.notes.append(f"{path} differs in {what}: it follows dbt's models, change those")
            else:
                self.outcome.same.append(path)


def address_of(dashboard: dict[str, Any]) -> str:
    """The slug of a dashboard as exported, which may have none: then the one made from its title."""
    return dashboard.get("slug") or page_slug(dashboard["dashboard_title"])


def file_of(dashboard: dict[str, Any]) -> str:
    """Where the file of a dashboard is kept that was made in a browser."""
    return f"dashboards/{slug(address_of(dashboard)) or 'page'}.yaml"


def _rewritten(text: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    return yaml_lines.rewrite(text, canonical.merged(yaml.safe_load(text), old, new))


def _numbers(dashboard: dict[str, Any]) -> dict[str, int]:
    return {node["id"]: node["meta"]["chartId"] for node in asset_tree.nodes(dashboard, "CHART")}


def _dataset_differences(file: dict[str, Any], found: dict[str, Any], address: str) -> Iterator[str]:
    """Keys in which a dataset differs from its file; the importer sets values that the file leaves out.

    Args:
        address: of the database in Superset, which tells the importer the dataset's catalog.
    """
    whole = asset_tree.complete({"datasets/x": file}, address)["datasets/x"]
    for key, value in whole.items():
        if key in ("columns", "metrics"):
            name = f"{key[:-1]}_name"
            here = {each[name]: each for each in value}
            there = {each[name]: each for each in found[key]}
            for each in sorted(here.keys() | there.keys()):
                mine, other = here.get(each), there.get(each)
                if not mine or not other or any(other.get(k) != v for k, v in mine.items()):
                    yield each
        elif key not in ("is_managed_externally", "version") and found.get(key) != value:
            yield key


def _unused(name: str, taken: set[str]) -> str:
    number, result = 2, name
    while result in taken:
        result, number = f"{name}_{number}", number + 1
    return result


def main() -> int:
    """Export and print what was done; exit code 1 if that fails, or if the check finds a fault in it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="SLUG",
        help="only these dashboards and their charts, including ones made by hand in the browser; "
        "by default what the repository has, and handmade charts that its dashboards show",
    )
    args = parser.parse_args()
    if absent := [name for name in REQUIRED if not os.environ.get(name)]:
        print(f"not set in the environment: {', '.join(absent)}", file=sys.stderr)
        return 1
    logging.disable(logging.WARNING)
    from superset.app import create_app

    with create_app().app_context():
        from tradewind.dashboards import metadata

        try:
            outcome = bring_back(metadata.export_assets(), only=args.only)
        except (CanonicalError, asset_tree.TreeError) as error:
            print(f"tradewind.dashboards.export: {error}", file=sys.stderr)
            return 1
        metadata.adopt(outcome.adopted)
    print(outcome)
    return 1 if report_faults() else 0


def report_faults() -> bool:
    """Print what is wrong with the assets as they are now; returns whether anything is."""
    try:
        faults = [str(fault) for fault in checks.check(asset_tree.read())]
    except asset_tree.TreeError as error:
        faults = str(error).splitlines()
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        print("the files are written; correct these before make dashboards", file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
