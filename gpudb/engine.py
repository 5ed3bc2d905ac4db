"""The way of a statement: text -> tree -> bound statement -> plan -> pipelines -> kernels -> Arrow.

Engine.run      parse, bind, execute
Execution.run   optimize, lower, and Run.run: generate, compile, launch, finish
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from gpudb.errors import Error
from gpudb.prepared import Prepared
from gpudb.result import Result
from gpudb.session import Catalog, Execution, FindSource, Session, find_nothing
from gpudb.settings import Settings
from gpudb.sql.bind import bind
from gpudb.sql.parse import parse_script, split_script
from gpudb.sql.statement import Query, Statement
from gpudb.sql.tree import CHANGING, Parsed
from gpudb.statements import execute
from gpudb.storage.catalog import Database

Parameters = Sequence[object] | Mapping[str, object] | None
Progress = Callable[[int, int | None, int, int | None], None]


class Engine:
    """One connection's engine; statements run one after the other."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.session = Session(database, settings)
        self.find_data: FindSource = find_nothing

    def split(self, text: str) -> list[str]:
        """Return the statements of `text`, each as it stands there."""
        return split_script(text)

    def run(
        self,
        text: str,
        parameters: Parameters = None,
        *,
        cancel: threading.Event | None = None,
        on_progress: Progress | None = None,
    ) -> Result:
        """Run one statement.

        Raises an Error, placed in `text` where it stems from a place there, and QueryCancelled soon
        after `cancel` is set.
        """
        execution = Execution(self.session, cancel or threading.Event(), on_progress)
        try:
            known = self.session.prepared.find(text, parameters)
            if known is not None:
                return execution.run_pipelines(known.query, known.pipelines)
            with execution.profile.stage("parse"):
                (parsed,) = parse_script(text)
            if isinstance(parsed.body, CHANGING):
                with self.session.changing(execution.cancel) as execution.changes:
                    statement = self._bind(parsed, parameters, execution)
                    return execute(statement, execution)
            statement = self._bind(parsed, parameters, execution)
            if not isinstance(statement, Query):
                return execute(statement, execution)
            pipelines = execution.plan(statement)
            self.session.prepared.keep(text, parameters, Prepared(statement, pipelines))
            return execution.run_pipelines(statement, pipelines)
        except Error as error:
            raise error.at(text, error.begin, error.end) from error.__cause__

    def _bind(self, parsed: Parsed, parameters: Parameters, execution: Execution) -> Statement:
        changes = execution.changes
        snapshot = self.session.snapshot() if changes is None else changes.snapshot
        with execution.profile.stage("bind"):
            return bind(parsed, Catalog(snapshot, self.find_data), parameters)

    def close(self) -> None:
        """Free what the engine holds."""
        self.session.close()
