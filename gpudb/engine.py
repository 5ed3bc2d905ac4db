"""The way of a statement: text -> tree -> bound statement -> plan -> pipelines -> kernels -> Arrow.

Engine.run      parse, bind, execute
Execution.run   optimize, lower, and Run.run: generate, compile, launch, finish

What no query needs is loaded by the first statement that does: a query need not wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from gpudb.catalog import Catalog, FindSource
from gpudb.constraints import check_constraints, default_values, run_text
from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.prepared import Prepared
from gpudb.records import replace
from gpudb.result import Result
from gpudb.session import Execution, Session
from gpudb.settings import Settings
from gpudb.shapes import cut
from gpudb.sql.bind import bind
from gpudb.sql.expr import UserCall, walk
from gpudb.sql.grounds import Grounds
from gpudb.sql.literal_rows import find_literal_rows
from gpudb.sql.parse import parse_script, split_script
from gpudb.sql.parsed import CHANGING, TRANSACTIONS, Parsed
from gpudb.sql.plan import walk as walk_plan
from gpudb.sql.plan_expressions import expressions
from gpudb.sql.scope import nearest
from gpudb.sql.statement import Execute, Query, Statement
from gpudb.sql.tree import QueryTree
from gpudb.sql.user_function import UserFunction
from gpudb.sql.varied import Varied, with_values
from gpudb.storage.catalog import Database
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Name, Snapshot
from gpudb.storage.table import TableVersion
from gpudb.subjects import placed_in, placed_in_text

if TYPE_CHECKING:
    from gpudb.devices.memory import GpuMemory

Parameters = Sequence[object] | Mapping[str, object] | None
Progress = Callable[[int, int | None, int, int | None], None]


class Engine:
    """One connection's engine; statements run one after the other."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.session = Session(database, settings)

    @property
    def find_data(self) -> FindSource:
        """What gives data a name in SQL that is no table."""
        return self.session.find_data

    @find_data.setter
    def find_data(self, value: FindSource) -> None:
        self.session.find_data = value

    @property
    def autocommit(self) -> bool:
        """Whether each statement outside of BEGIN and COMMIT commits by itself."""
        return self.session.autocommit

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self.session.autocommit = value

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.session.in_transaction

    def snapshot(self) -> Snapshot:
        """Return the tables as statements see them now."""
        return self.session.snapshot()

    def relation_name(self, text: Name) -> RelationName:
        """Return the name of the table that `text` names, or of one to be made."""
        return self.session.relation_name(text)

    def commit(self, cancel: threading.Event | None = None) -> None:
        """Make the open transaction's changes last, if one is open."""
        self.session.commit(cancel)

    def rollback(self) -> None:
        """Undo the open transaction's changes, if one is open."""
        self.session.rollback()

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
            self.session.begin_implicitly()
            inserted = None if parameters else self._insert_literals(text, execution)
            if inserted is not None:
                return inserted
            known = self.session.prepared.find(text, parameters)
            if known is not None:
                self.session.check_usable()
                return self._run_known(known, text, parameters, execution)
            query = self.session.prepared.find_bound(text, parameters)
            other = None if parameters else self.session.prepared.find_shaped(text)
            if query is None and other is None:
                return self._run_parsed(text, parameters, execution)
            self.session.check_usable()
            if other is not None:
                known = self.session.prepared.find_served(other)
                if known is not None:
                    return self._run_known(known, text, parameters, execution)
                query = query or self.session.prepared.bound(other)
            assert query is not None
            run = partial(self._run_query, query, text, parameters, execution)
            return self._run_borrowed(run, query, text, parameters, execution)
        except Error as error:
            raise error.at(text, error.begin, error.end) from error.__cause__

    def _run_known(
        self, known: Prepared, text: str, parameters: Parameters, execution: Execution
    ) -> Result:
        """Run a query whose pipelines are kept."""
        query, are_plain = known.query, known.are_plain
        run = partial(execution.run_pipelines, query, known.pipelines, are_plain=are_plain)
        return self._run_borrowed(run, query, text, parameters, execution)

    def _run_borrowed(
        self,
        run: Callable[[], Result],
        query: Query,
        text: str,
        parameters: Parameters,
        execution: Execution,
    ) -> Result:
        """Run a query that may be another text's: where it fails, its own says at which place."""
        try:
            return run()
        except Error as error:
            if query.is_placed or error.begin is None:
                raise
        return self._run_parsed(text, parameters, execution)

    def _run_parsed(self, text: str, parameters: Parameters, execution: Execution) -> Result:
        """Run a statement that nothing is known of yet."""
        with execution.profile.stage("parse"):
            (parsed,) = parse_script(text)
        if isinstance(parsed.body, TRANSACTIONS):
            with placed_in(parsed):
                return execute(parsed.body, execution)
        self.session.check_usable()
        if isinstance(parsed.body, CHANGING):
            return self._change(parsed, parameters, execution)
        statement = self._bind_varied(parsed, parameters, execution)
        if isinstance(statement, Query):
            return self._run_query(statement, text, parameters, execution)
        with placed_in(parsed):
            return self._run_other(statement, execution)

    def _run_query(
        self, query: Query, text: str, parameters: Parameters, execution: Execution
    ) -> Result:
        """Plan a bound query, keep the plan for the same text and others, and run it."""
        other = None if parameters else self.session.prepared.find_shaped(text)
        # A plan with places in it has those of this very text.
        is_traced = other is not None and (other.is_own or not query.is_placed)
        trace, plan = None, query.plan
        if other is not None and is_traced:
            trace, plan = self.session.prepared.traced(other)
        grounds = Grounds(plan)
        pipelines = execution.plan(query, grounds)
        if other is not None and trace is not None:
            pipelines = self.session.prepared.keep_traced(other, trace, pipelines, grounds)
        self.session.prepared.keep(text, parameters, Prepared(query, pipelines), grounds)
        return execution.run_pipelines(query, pipelines)

    def _change(self, parsed: Parsed, parameters: Parameters, execution: Execution) -> Result:
        """Run a statement that changes the database, in the transaction that it is bound in."""
        with self.session.changing(execution.cancel) as execution.changes:
            before = execution.changes.snapshot
            statement = self._bind(parsed, parameters, execution)
            with placed_in(parsed):
                result = execute(statement, execution)
                check_constraints(execution, before)
            return result

    def _insert_literals(self, text: str, execution: Execution) -> Result | None:
        """Run an INSERT of literals that fit their columns; None for all other statements."""
        with execution.profile.stage("parse"):
            given = find_literal_rows(text)
        if given is None:
            return None
        from gpudb.bulk import literal_rows

        self.session.check_usable()
        with self.session.changing(execution.cancel) as execution.changes:
            before = execution.changes.snapshot
            catalog = replace(self.session.catalog(), snapshot=before)
            *schemas, name = given.table
            schema = catalog.find_schema(schemas[0]) if schemas else None
            table = None if schemas and schema is None else catalog.find(name, schema)
            if not isinstance(table, TableVersion):
                return None
            made = literal_rows(given, table)
            if made is None:
                return None
            with placed_in_text(text):
                rows = execution.changes.append_rows(table.full_name, made)
                check_constraints(execution, before)
            return Result(row_count=rows)

    def _run_other(self, statement: Statement, execution: Execution) -> Result:
        """Run what neither reads nor changes the database by itself."""
        if isinstance(statement, Execute):
            return self._execute(statement, execution)
        return execute(statement, execution)

    def _execute(self, statement: Execute, execution: Execution) -> Result:
        """Run a prepared statement."""
        from gpudb.session_statements import prepared

        known = prepared(statement.name, execution)
        values: tuple[object, ...] = ()
        if known.types and len(known.types) != len(statement.values):
            given = len(statement.values)
            raise ProgrammingError(f"{known.name} takes {len(known.types)} values, not {given}")
        if statement.values:
            types = known.types or (None,) * len(statement.values)
            items = [
                f"({value})" if type_ is None else f"CAST(({value}) AS {type_})"
                for value, type_ in zip(statement.values, types, strict=True)
            ]
            row = run_text(f"SELECT {', '.join(items)}", Catalog(Snapshot()), execution)
            values = tuple(column[0].as_py() for column in row.columns)
        return self.run(
            known.text, values, cancel=execution.cancel, on_progress=execution.on_progress
        )

    def load(
        self,
        table_name: Name,
        data: object,
        *,
        mode: str,
        columns: Sequence[str] | None,
        cancel: threading.Event,
        on_progress: Progress | None,
    ) -> int:
        """Store `data` in a table, all of it or nothing, and return the number of its rows."""
        from gpudb.bulk import load_data

        self.session.begin_implicitly()
        self.session.check_usable()
        execution = Execution(self.session, cancel, on_progress)
        with self.session.changing(cancel) as execution.changes:
            before = execution.transaction.snapshot
            rows = load_data(
                execution.transaction,
                self.session.relation_name(table_name),
                data,
                mode=mode,
                columns=columns,
                on_progress=on_progress,
                chunk_rows=self.session.settings.chunk_rows,
                defaults=lambda table: default_values(table, execution),
            )
            check_constraints(execution, before)
            return rows

    def _bind_varied(
        self, parsed: Parsed, parameters: Parameters, execution: Execution
    ) -> Statement:
        """Bind a statement; a query is kept for texts that differ from its own in literals."""
        is_query = isinstance(parsed.body, QueryTree) and not parameters
        given = cut(parsed.text) if is_query else None
        is_kept = given is not None and self.session.prepared.may_keep_shape(given)
        if given is None or not is_kept or not isinstance(parsed.body, QueryTree):
            return self._bind(parsed, parameters, execution)
        varied = Varied(given.places, parsed.body.tree)
        statement = self._bind(parsed, parameters, execution, varied)
        if not isinstance(statement, Query) or not varied.holes:
            return statement
        # The tree is large, and asked for while binding only.
        varied.root = None
        self.session.prepared.keep_shape(given, statement, varied)
        return replace(statement, plan=with_values(statement.plan))

    def _bind(
        self,
        parsed: Parsed,
        parameters: Parameters,
        execution: Execution,
        varied: Varied | None = None,
    ) -> Statement:
        catalog = self.session.catalog()
        if execution.changes is not None:
            catalog = replace(catalog, snapshot=execution.changes.snapshot)
        with execution.profile.stage("bind"):
            return bind(
                parsed,
                catalog,
                parameters,
                functions=self.session.functions,
                randomness=self.session.randomness,
                varied=varied,
            )

    def add_function(self, function: UserFunction) -> None:
        """Make a user's function callable, in place of an older one of its name.

        Raises ProgrammingError for a name that means something else in SQL.
        """
        probe = replace(function, parameters=())
        text = f"SELECT {function.name}()"
        catalog = Catalog(self.session.snapshot())
        try:
            (parsed,) = parse_script(text)
            query = bind(parsed, catalog, functions={function.name.lower(): probe})
            assert isinstance(query, Query)
            is_free = any(
                isinstance(part, UserCall)
                for node in walk_plan(query.plan)
                for whole in expressions(node)
                for part in walk(whole)
            )
        except Error:
            is_free = False
        if not is_free:
            raise ProgrammingError(
                f"{function.name} means something else in SQL; give the function another name"
            )
        self.session.functions[function.name.lower()] = function
        self.session.prepared.clear()

    def remove_function(self, name: str) -> None:
        """Forget a user's function; ProgrammingError where there is none."""
        if self.session.functions.pop(name.lower(), None) is None:
            known = self.session.functions
            raise ProgrammingError(f"nobody made a function {name}{nearest(name, known)}")
        self.session.prepared.clear()

    @property
    def functions(self) -> Sequence[UserFunction]:
        """The user's functions, in the order of their names."""
        return [self.session.functions[name] for name in sorted(self.session.functions)]

    def gpu_memory(self) -> GpuMemory:
        """Return the memory of the GPU that runs queries; NotSupportedError where none does."""
        from gpudb.session_statements import find_gpus

        device, _ = self.session.device()
        gpus = find_gpus(device)
        if not gpus:
            raise NotSupportedError(
                f"queries run on {device.name}, whose results are in the host's memory: "
                "SET device = 'cuda', or fetch_arrow_table()"
            )
        return gpus[0].memory

    def close(self) -> None:
        """Free what the engine holds."""
        self.session.close()


def execute(statement: Statement, execution: Execution) -> Result:
    """Run a statement other than a query."""
    from gpudb import session_statements

    return session_statements.execute(statement, execution)
