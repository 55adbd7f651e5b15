"""Runs dbt on Spark: what it compiles is said in Spark's SQL before it is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dbt.adapters.spark.connections import SparkCredentials
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.compilation import Compiler
from dbt_common.exceptions import CompilationError

from tradewind.spark.engine.dialect import CannotSay, to_spark
from tradewind.spark.engine.thrift_server import SESSION
from tradewind.warehouse.lean_dbt import lean_dbt
from tradewind.warehouse.lean_dbt.replaced import replaced


def run_dbt(arguments: Sequence[str], state: Path) -> dbtRunnerResult:
    """Run a dbt command with target `spark`; `state` keeps what a later one need not do again."""
    with lean_dbt(state), _in_sparks_sql(), _in_our_sessions():
        return dbtRunner().invoke([*arguments, "--target", "spark"])


@contextmanager
def _in_sparks_sql() -> Iterator[None]:
    """Within it, models and tests are written for Postgres and compiled for Spark."""
    compile_node = Compiler.compile_node

    def compile_for_spark(self: Compiler, node: Any, *options: Any, **named: Any) -> Any:
        node = compile_node(self, node, *options, **named)
        if node.resource_type in ("model", "test") and node.compiled_code:
            try:
                node.compiled_code = to_spark(node.compiled_code)
            except CannotSay as error:
                raise CompilationError(str(error), node) from error
        return node

    with replaced(Compiler, "compile_node", compile_for_spark):
        yield


@contextmanager
def _in_our_sessions() -> Iterator[None]:
    """Within it, Spark raises where a value is lost; dbt-spark asks it to write nulls."""
    prepare = SparkCredentials.__post_init__

    def prepare_ours(self: SparkCredentials) -> None:
        prepare(self)
        self.server_side_parameters.update(SESSION)

    with replaced(SparkCredentials, "__post_init__", prepare_ours):
        yield
