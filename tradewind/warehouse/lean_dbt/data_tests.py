"""Runs the statement of a data test itself, without dbt's materialization around it.

That takes a second context of all macros and a table of one row, to send one statement and read three cells.
Tests that keep their failures in tables still take dbt's way.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from tradewind.warehouse.lean_dbt.replaced import replaced

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.task.test import TestResultData, TestRunner


def run_directly() -> AbstractContextManager[None]:
    """Within it, a data test is one statement."""
    from dbt.flags import get_flags
    from dbt.task.test import TestResultData, TestRunner
    from dbt.utils import _coerce_decimal

    through_materialization = TestRunner.execute_data_test

    def execute_data_test(self: TestRunner, data_test: Any, manifest: Manifest) -> TestResultData:
        config = data_test.config
        stores = get_flags().STORE_FAILURES if config.store_failures is None else config.store_failures
        if stores or config.get("sql_header") or self.adapter.type() != "postgres":
            return through_materialization(self, data_test, manifest)
        statement = _statement(data_test.compiled_code, config)
        # where an error says that it can be read
        data_test.build_path = data_test.get_target_write_path(self.config.target_path, "run")
        data_test.write_node(self.config.project_root, data_test.build_path, statement)
        response, cells = _row(self, statement)
        columns = ("failures", "should_warn", "should_error")
        result = dict(zip(columns, map(_coerce_decimal, cells), strict=True))
        result["adapter_response"] = response
        TestResultData.validate(result)
        return TestResultData.from_dict(result)

    return replaced(TestRunner, "execute_data_test", execute_data_test)


def _statement(select: str, config: Any) -> str:
    """What dbt's `get_test_sql` makes of a test."""
    limit = f"limit {config.limit}" if config.limit is not None else ""
    return (
        f"select {config.fail_calc} as failures, {config.fail_calc} {config.warn_if} as should_warn,"
        f" {config.fail_calc} {config.error_if} as should_error"
        f" from (\n{select}\n{limit}\n) dbt_internal_test"
    )


def _row(runner: TestRunner, statement: str) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The response of the database to a statement, as dbt keeps it, and the one row that it returns."""
    connections = runner.adapter.connections
    _, cursor = connections.add_query(connections._add_query_comment(statement), auto_begin=False)
    return connections.get_response(cursor).to_dict(omit_none=True), cursor.fetchone()
