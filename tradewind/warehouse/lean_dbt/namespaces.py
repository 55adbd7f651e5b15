"""Sorts macros into namespaces once, not for each model and test.

dbt gives each node a context that holds all 700 macros, and sorts them by package and precedence each time,
twice per node: an eighth of a build's CPU time. Which macro a name means depends on the node's package alone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NamedTuple

from tradewind.warehouse.lean_dbt.replaced import replaced

if TYPE_CHECKING:
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespaceBuilder
    from dbt.contracts.graph.nodes import Macro


class _Plan(NamedTuple):
    """Macros by name, by precedence, and by package, as dbt's own namespace has them."""

    of: dict[str, dict[str, Macro]]
    macros: list[Macro]
    flat: dict[str, Any]
    packages: dict[str, dict[str, int]]
    internal: dict[str, int]


class _Namespace(dict[str, Any]):
    """A flattened namespace that also finds macros by package, as dbt's `MacroNamespace` does."""

    packages: dict[str, dict[str, MacroGenerator]]
    global_project_namespace: dict[str, MacroGenerator]


def planned_once() -> AbstractContextManager[None]:
    """Within it, namespaces are built by a plan that is made once per package of nodes."""
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder

    sort = MacroNamespaceBuilder.build_namespace
    get_from_package = MacroNamespace.get_from_package
    plans: dict[tuple[int, str, str], _Plan] = {}

    class Namespace(_Namespace):
        def get_from_package(self, package_name: str | None, name: str) -> MacroGenerator | None:
            return get_from_package(self, package_name, name)

    def build_namespace(
        self: MacroNamespaceBuilder, macros_by_package: dict[str, dict[str, Macro]], ctx: dict[str, Any]
    ) -> Namespace:
        key = (id(macros_by_package), self.root_package, self.search_package)
        plan = plans.get(key)
        if plan is None or plan.of is not macros_by_package:
            plan = plans[key] = _plan(macros_by_package, sort(self, macros_by_package, ctx))
        node, stack = self.node, self.thread_ctx
        made = []
        for macro in plan.macros:
            generator = MacroGenerator.__new__(MacroGenerator)
            generator.__dict__ = {"context": ctx, "macro": macro, "node": node, "stack": stack}
            made.append(generator)
        packages = {
            name: {macro: made[index] for macro, index in members.items()}
            for name, members in plan.packages.items()
        }
        internal = {name: made[index] for name, index in plan.internal.items()}
        namespace = Namespace()
        namespace.packages, namespace.global_project_namespace = packages, internal
        for name, member in plan.flat.items():
            namespace[name] = made[member] if isinstance(member, int) else packages.get(member, internal)
        return namespace

    return replaced(MacroNamespaceBuilder, "build_namespace", build_namespace)


def _plan(macros_by_package: dict[str, dict[str, Macro]], namespace: Any) -> _Plan:
    """The plan of a namespace that dbt has built."""
    macros: list[Macro] = []
    places: dict[str, int] = {}

    def place(generator: MacroGenerator) -> int:
        identity = generator.macro.unique_id
        if identity not in places:
            places[identity] = len(macros)
            macros.append(generator.macro)
        return places[identity]

    packages = {
        name: {macro: place(generator) for macro, generator in members.items()}
        for name, members in namespace.packages.items()
    }
    internal = {name: place(generator) for name, generator in namespace.global_project_namespace.items()}
    flat = {
        name: name if isinstance(member, dict) else place(member)
        for name, member in ((name, namespace[name]) for name in namespace)
    }
    return _Plan(macros_by_package, macros, flat, packages, internal)
