"""What one connection's statements share, and the way of a query through the stages."""

from __future__ import annotations

import random
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import Protocol, runtime_checkable

import pyarrow as pa

from gpudb.brief import has_few_rows, is_plain
from gpudb.catalog import Catalog, FindSource, find_nothing
from gpudb.devices.device import Device, check_cancel
from gpudb.devices.threads import Threads
from gpudb.errors import DeviceWarning, OperationalError, ProgrammingError
from gpudb.kernels.buffers import BUFFERS, IDLE_SHARE
from gpudb.kernels.expected_groups import group_lines
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.host import arrow_column
from gpudb.kernels.kept_texts import KeptTexts
from gpudb.kernels.run import Run
from gpudb.kernels.text_columns import TextColumns
from gpudb.name_lists import split_names
from gpudb.open_transaction import OpenTransaction
from gpudb.opening import DEVICE_SETTINGS, open_cpu, open_device
from gpudb.prepared import PreparedQueries, weakly
from gpudb.profile import Profile
from gpudb.records import dataclass, replace
from gpudb.result import Result, query_result
from gpudb.settings import Settings
from gpudb.sql.grounds import Grounds, bare, pipelines_with_tables, with_tables
from gpudb.sql.lower import lower
from gpudb.sql.optimize import optimize
from gpudb.sql.pipeline import EmptyRows, Pipeline, ScanRows
from gpudb.sql.plan import Plan, Project, Scan, TableSource, output_fields
from gpudb.sql.statement import Prepare, Query
from gpudb.sql.user_function import UserFunction
from gpudb.stoppable import stoppable
from gpudb.storage.arrow import arrow_type
from gpudb.storage.catalog import Database
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.external.source import Progress, SourceColumn
from gpudb.storage.hidden import ROW_COLUMN
from gpudb.storage.memory import transient_table
from gpudb.storage.names import RelationName
from gpudb.storage.snapshot import Name, Relation, Snapshot
from gpudb.storage.table import TableVersion
from gpudb.storage.transaction import Transaction
from gpudb.streamed import copied_columns, is_streamable


@runtime_checkable
class FileTable(Protocol):
    """What a file in FROM offers besides what planning needs: ExternalSource, to tell it apart."""

    @property
    def columns(self) -> tuple[SourceColumn, ...]:
        """The file's columns."""
        ...

    @property
    def is_row_count_exact(self) -> bool:
        """Whether the file tells how many rows it has."""
        ...

    def batches(
        self,
        columns: Sequence[str] | None = None,
        on_progress: Progress | None = None,
        *,
        keep_dictionaries: bool = False,
    ) -> Iterator[pa.RecordBatch]:
        """Yield the rows of `columns`, and tell how far the file is read."""
        ...


@dataclass
class Session:
    """A database, the settings, the device that they choose, and the user's functions by name."""

    database: Database
    settings: Settings
    texts: TextColumns = field(default_factory=TextColumns)
    kept_texts: KeptTexts = field(default_factory=KeptTexts)
    functions: dict[str, UserFunction] = field(default_factory=dict)
    randomness: random.Random = field(default_factory=random.Random)
    threads: Threads = field(default_factory=lambda: Threads("gpudb-query"))
    prepared: PreparedQueries = field(init=False)
    autocommit: bool = True
    find_data: FindSource = find_nothing
    # What PREPARE has named.
    statements: dict[str, Prepare] = field(default_factory=dict)
    _transaction: OpenTransaction | None = None
    # This connection's own tables and views, and the database's last commit with them in it.
    _temporary: tuple[Relation, ...] = ()
    _seen: tuple[Snapshot, Snapshot] | None = None
    _device: tuple[object, Device, FixedKernels] | None = None

    def __post_init__(self) -> None:
        self.prepared = PreparedQueries(weakly(self.snapshot), self.settings)

    def snapshot(self) -> Snapshot:
        """Return the tables as this connection's statements see them."""
        if self._transaction is not None:
            return self._transaction.changes.snapshot
        latest = self.database.snapshot()
        if self._seen is None or self._seen[0] is not latest:
            self._seen = latest, latest.with_temporary(self._temporary)
        return self._seen[1]

    def catalog(self) -> Catalog:
        """Return what has a name in this connection's statements."""
        path = split_names(self.settings.search_path)
        show = self.settings.show
        return Catalog(self.snapshot(), self.find_data, path, find_setting=show)

    def relation_name(self, text: Name) -> RelationName:
        """Return the name of the table that Python calls `text`, there or to be made."""
        return self.catalog().relation_name(text)

    def _keep_temporary(self, relations: tuple[Relation, ...]) -> None:
        self._temporary, self._seen = relations, None

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open that commit or rollback ends."""
        return self._transaction is not None

    def begin(self) -> None:
        """Begin a transaction of several statements; ProgrammingError where one is open."""
        if self._transaction is not None:
            raise ProgrammingError("a transaction is open already: COMMIT or ROLLBACK ends it")
        self._transaction = OpenTransaction(self.database.begin_beside(self._temporary))

    def begin_implicitly(self) -> None:
        """Begin a transaction for the next statement, unless each commits by itself."""
        if not self.autocommit and self._transaction is None:
            self.begin()

    def commit(self, cancel: threading.Event | None = None) -> None:
        """Make the transaction's changes last; does nothing where none is open.

        Raises OperationalError where others changed the same tables, or a statement had failed: the
        transaction is rolled back then.
        """
        ended, self._transaction = self._transaction, None
        if ended is None:
            return
        if ended.has_failed:
            ended.changes.rollback()
            raise OperationalError("a statement of the transaction failed: it was rolled back")
        ended.changes.cancel = cancel
        ended.changes.commit()
        self._keep_temporary(ended.changes.temporary)

    def rollback(self) -> None:
        """Undo the transaction's changes; does nothing where none is open."""
        ended, self._transaction = self._transaction, None
        if ended is not None:
            ended.changes.rollback()

    def open_transaction(self, statement: str) -> OpenTransaction:
        """Return the open transaction, which `statement` is about; ProgrammingError without one."""
        if self._transaction is None:
            raise ProgrammingError(f"{statement}: no transaction is open; BEGIN begins one")
        return self._transaction

    def check_usable(self) -> None:
        """Raise OperationalError in a transaction that a failing statement has undone."""
        if self._transaction is not None:
            self._transaction.check_usable()

    @contextmanager
    def changing(self, cancel: threading.Event) -> Iterator[Transaction]:
        """Give one statement the transaction that it changes the database in.

        Without an open one it has its own. A statement that fails once it has changed something
        undoes all of the open transaction, which then waits for its end.
        """
        if self._transaction is None:
            with self.database.begin(cancel, self._temporary) as transaction:
                yield transaction
            self._keep_temporary(transaction.temporary)
            return
        self.database.check_writable()
        opened, seen = self._transaction, self.snapshot()
        opened.changes.cancel = cancel
        is_done = False
        try:
            yield opened.changes
            is_done = True
        finally:
            changes = opened.changes
            if not is_done and (changes.has_failed or changes.snapshot is not seen):
                opened.fail()

    def device(self) -> tuple[Device, FixedKernels]:
        """Return the device that the settings ask for, opened anew where they changed."""
        wanted = tuple(self.settings.get(name) for name in DEVICE_SETTINGS)
        if self._device is None or self._device[0] != wanted:
            if self._device is not None:
                self._device[1].close()
            device = open_device(self.settings)
            # Indexes of joins are made where their rows are: on the host.
            host = open_cpu(self.settings) if device.is_shared else device
            self._device = (wanted, device, FixedKernels(host))
        return self._device[1], self._device[2]

    def close(self) -> None:
        """Undo an open transaction, stop the device and close the database."""
        self.rollback()
        if self._device is not None:
            self._device[1].close()
            self._device = None
        self.threads.close()
        self.prepared.clear()
        BUFFERS.clear()
        self.database.close()


@dataclass
class Execution:
    """The run of one statement."""

    session: Session
    cancel: threading.Event
    on_progress: Progress | None = None
    profile: Profile = field(default_factory=Profile)
    # Set for statements that change the database; see gpudb.sql.parsed.CHANGING.
    changes: Transaction | None = None

    @property
    def transaction(self) -> Transaction:
        """The transaction that the statement changes the database in."""
        assert self.changes is not None
        return self.changes

    def optimized(self, query: Query) -> Plan:
        """Return the plan of a bound query, made cheaper where the settings say so."""
        return with_tables(self._optimized(Grounds(query.plan)), bare)

    def _optimized(self, grounds: Grounds) -> Plan:
        return optimize(grounds.plan, is_on=bool(self.session.settings.get("optimizer")))

    def plan(self, query: Query, grounds: Grounds | None = None) -> tuple[Pipeline, ...]:
        """Return the pipelines of a bound query; `grounds` of its plan note what they rest on."""
        with self.profile.stage("optimize"):
            plan = self._optimized(grounds or Grounds(query.plan))
        with self.profile.stage("lower"):
            return pipelines_with_tables(lower(plan), bare)

    def group_lines(self, query: Query) -> list[str]:
        """Return where a GPU will keep the groups of a query."""
        if not self.session.device()[0].is_shared:
            return []
        return list(group_lines(self._new_run(), self.plan(query)))

    def run(self, query: Query) -> Result:
        """Plan and run a query."""
        return self.run_pipelines(query, self.plan(query))

    def run_pipelines(
        self, query: Query, pipelines: tuple[Pipeline, ...], *, are_plain: bool | None = None
    ) -> Result:
        """Run a query that is planned; whether its pipelines `are_plain` may be known already."""
        with self.profile.stage("read files"):
            pipelines = tuple(self._with_tables(p) for p in pipelines)
        fields = output_fields(query.plan)
        with self.profile.stage("run"):
            run = self._new_run()
            self.profile.pipelines = run.profile
            is_brief = self.on_progress is None and run.device.name == "cpu"
            is_brief = is_brief and has_few_rows(pipelines)
            if is_brief and (is_plain(pipelines) if are_plain is None else are_plain):
                relation = run.run(pipelines)
            else:
                relation = stoppable(
                    lambda: run.run(pipelines),
                    self.cancel,
                    self.session.threads,
                    lambda: self._report(run),
                )
        for pipeline in filter(lambda p: p.retried, run.profile):
            warnings.warn(pipeline.retried, DeviceWarning, stacklevel=2)
        threads = int(self.session.settings.get("threads"))
        return query_result(query.names, fields, relation, self.profile, threads, run.fixed)

    def _report(self, run: Run) -> None:
        """Tell how many rows of its sources a query has done."""
        if self.on_progress is not None:
            self.on_progress(*run.count.progress(), 0, None)

    def stream(self, query: Query, *, keep_dictionaries: bool = False) -> Iterator[pa.RecordBatch]:
        """Plan and run a query batch by batch where it only filters and computes over one file.

        With `keep_dictionaries`, strings may come as Arrow dictionaries.
        """
        pipelines = self.plan(query)
        fields = output_fields(query.plan)
        if not is_streamable(pipelines):
            yield from self.run_pipelines(query, pipelines).batches()
            return
        source = pipelines[0].source
        assert isinstance(source, ScanRows)
        names = copied_columns(pipelines[0])
        if names is not None:
            yield from self._batches(source.table, names, keep_dictionaries=keep_dictionaries)
            return
        for table in self._pieces(source):
            piece = replace(pipelines[0], source=replace(source, table=table))
            run = self._new_run()
            relation = run.run((piece,))
            arrays = [arrow_column(relation.columns[f.id], run.fixed) for f in fields]
            schema = pa.schema([pa.field(f.name, arrow_type(f.type)) for f in fields])
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def expected_rows(self, query: Query) -> int | None:
        """Return how many rows a query that copies a file will give, if the file tells."""
        source = query.plan
        while isinstance(source, Project):
            source = source.input
        if not isinstance(source, Scan) or isinstance(source.table, TableVersion):
            return None
        return source.table.row_count

    def _new_run(self) -> Run:
        device, fixed = self.session.device()
        memory_limit = int(self.session.settings.get("memory_limit"))
        folder = self.session.settings.temp_directory
        self.session.texts.begin_query(memory_limit)
        BUFFERS.begin_query(memory_limit // IDLE_SHARE, memory_limit, folder)
        morsel_rows = int(self.session.settings.get("morsel_rows"))
        return Run(
            device,
            fixed,
            self.session.texts,
            self.cancel,
            morsel_rows,
            memory_limit,
            bool(self.session.settings.get("cpu_retry")),
            kept=self.session.kept_texts,
        )

    def _batches(
        self,
        table: TableSource,
        names: Sequence[str],
        *,
        keep_dictionaries: bool = True,
        on_progress: Progress | None = None,
    ) -> Iterator[pa.RecordBatch]:
        assert isinstance(table, FileTable)
        for batch in table.batches(names, on_progress, keep_dictionaries=keep_dictionaries):
            check_cancel(self.cancel)
            yield batch

    def _with_tables(self, pipeline: Pipeline) -> Pipeline:
        """Read the columns that a pipeline needs of a file into a table in memory."""
        source = pipeline.source
        if not isinstance(source, ScanRows) or isinstance(source.table, TableVersion):
            return pipeline
        assert isinstance(source.table, FileTable)
        if not source.columns and source.table.is_row_count_exact:
            return replace(pipeline, source=EmptyRows(source.table.row_count))
        names = file_columns(source)
        batches = self._batches(source.table, names, on_progress=self.on_progress)
        table = file_table(source, batches)
        return replace(pipeline, source=replace(source, table=table, zone_filters=()))

    def _pieces(self, source: ScanRows) -> Iterator[TableVersion]:
        rows = int(self.session.settings.get("chunk_rows"))
        held: list[pa.RecordBatch] = []
        for batch in self._batches(source.table, file_columns(source)):
            held.append(batch)
            if sum(b.num_rows for b in held) >= rows:
                yield file_table(source, held)
                held = []
        if held:
            yield file_table(source, held)


def file_columns(source: ScanRows) -> list[str]:
    """Return the columns to read of a file: count(*) needs none, but the rows come with one."""
    assert isinstance(source.table, FileTable)
    columns = [name for name in source.columns if name != ROW_COLUMN]
    return columns or [source.table.columns[0].name]


def file_table(source: ScanRows, batches: Iterable[pa.RecordBatch]) -> TableVersion:
    """Return a table in memory of a file's batches."""
    assert isinstance(source.table, FileTable)
    types = {c.name: c.type for c in source.table.columns}
    definitions = [ColumnDefinition(name, types[name]) for name in file_columns(source)]
    return transient_table(source.table.name, definitions, batches)
