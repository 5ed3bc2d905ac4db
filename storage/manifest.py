"""The manifest of a database folder: what the last commit consists of.

It is one small file of two lines, a head (format version, checksum) and a body, both JSON. A commit
writes it beside the old one, forces it to the disk and renames it over: whatever happens, the name
leads to the last commit or to the new one. What it does not name does not belong to the database.

    manifest.json
    log                                      small appends since the manifest
    tables/<table id>/chunk-<number>         columns of a chunk: all, or some that changed later
    tables/<table id>/dictionary-<column>    the strings of a TEXT column, append-only
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import xxhash

from gpudb.errors import OperationalError
from gpudb.records import dataclass
from gpudb.storage.column import ColumnDefinition
from gpudb.storage.encodings.encoded import EncodingRequest
from gpudb.storage.names import MAIN_SCHEMA
from gpudb.storage.types import Kind, SqlType
from gpudb.storage.view import Check, View

# 2: chunks of several files, masks of deleted rows, the names of dictionaries' files; defaults,
# CHECK constraints, comments, views. 3: arrays as columns of their elements;
# schemas. 4: a log of appends beside the manifest.
FORMAT_VERSION = 4
LISTS_VERSION = 3
LOG_VERSION = 4
MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Where a column of a chunk lies: a file's name in the table's folder, a place in the file."""

    file: str
    index: int


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk: its rows, where each column lies, and the mask of the `deleted` rows, if any are."""

    rows: int
    parts: tuple[StoredPart, ...]
    live: StoredPart | None = None
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class StoredDictionary:
    """A dictionary file's valid part; what follows it belongs to no commit.

    `is_raw` where the column has turned raw, and its newer chunks hold strings.
    """

    entries: int
    bytes: int
    is_raw: bool
    file: str


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table: `dictionaries` has one item per column, None for all but TEXT."""

    id: int
    name: str
    version: int
    chunk_rows: int
    columns: tuple[ColumnDefinition, ...]
    chunks: tuple[StoredChunk, ...]
    dictionaries: tuple[StoredDictionary | None, ...]
    checks: tuple[Check, ...] = ()
    comment: str = ""
    schema: str = MAIN_SCHEMA


@dataclass(frozen=True, slots=True)
class Manifest:
    """One commit. `next_id` has been given to no table, version or file yet.

    `version` is that of the format in which it was read, or will be written.
    """

    commit: int
    next_id: int
    tables: tuple[StoredTable, ...]
    views: tuple[View, ...] = ()
    schemas: tuple[str, ...] = (MAIN_SCHEMA,)
    version: int = FORMAT_VERSION


def read_manifest(folder: Path) -> Manifest | None:
    """Return the last commit of `folder`, None if there is none yet.

    Raises OperationalError for a damaged manifest or one of a newer format.
    """
    path = folder / MANIFEST_NAME
    try:
        head_line, _, body = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OperationalError(f"cannot read '{path}': {error.strerror}") from error
    try:
        head = json.loads(head_line)
        version, checksum = int(head["gpudb"]), str(head["checksum"])
    except (ValueError, KeyError, TypeError) as error:
        raise OperationalError(f"'{path}' is no manifest of gpudb, or is damaged") from error
    if version > FORMAT_VERSION:
        raise OperationalError(
            f"the database '{folder}' has format {version}; this gpudb reads formats up to "
            f"{FORMAT_VERSION}: install a newer gpudb"
        )
    if xxhash.xxh3_64_hexdigest(body) != checksum:
        raise OperationalError(f"'{path}' is damaged: its checksum does not match its content")
    manifest = _manifest_from_json(json.loads(body), version)
    if version < LISTS_VERSION:
        _refuse_arrays(folder, manifest)
    return manifest


def _refuse_arrays(folder: Path, manifest: Manifest) -> None:
    for table in manifest.tables:
        for column in table.columns:
            if column.type.is_array:
                raise OperationalError(
                    f"the database '{folder}' holds arrays as texts (table '{table.name}', column "
                    f"'{column.name}'), as no release wrote them: load them anew"
                )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` the last commit of `folder`, once it is on the disk whole; raises OSError.

    Only a `sync_folder` afterwards makes sure that the new name survives a loss of power.
    """
    body = json.dumps(_manifest_to_json(manifest), separators=(",", ":")).encode()
    head = {"gpudb": FORMAT_VERSION, "checksum": xxhash.xxh3_64_hexdigest(body)}
    beside = folder / f"{MANIFEST_NAME}.new"
    with beside.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n" + body)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(folder / MANIFEST_NAME)


def sync_folder(folder: Path) -> None:
    """Force the names in `folder` to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _manifest_to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "commit": manifest.commit,
        "next_id": manifest.next_id,
        "tables": [_table_to_json(table) for table in manifest.tables],
        "views": [asdict(view) for view in manifest.views],
        "schemas": manifest.schemas,
    }


def _manifest_from_json(body: dict[str, Any], version: int) -> Manifest:
    tables = tuple(_table_from_json(table) for table in body["tables"])
    views = tuple(_view_from_json(view) for view in body.get("views", ()))
    schemas = tuple(body.get("schemas", (MAIN_SCHEMA,)))
    return Manifest(body["commit"], body["next_id"], tables, views, schemas, version)


def _view_from_json(body: dict[str, Any]) -> View:
    lists = ("columns", "source_columns", "path", "column_comments")
    return View(**body | {key: tuple(body[key]) for key in lists if key in body})


def _table_to_json(table: StoredTable) -> dict[str, Any]:
    return {
        "id": table.id,
        "name": table.name,
        "schema": table.schema,
        "version": table.version,
        "chunk_rows": table.chunk_rows,
        "columns": [_column_to_json(column) for column in table.columns],
        "chunks": [_chunk_to_json(chunk) for chunk in table.chunks],
        "dictionaries": [
            None if stored is None else [stored.entries, stored.bytes, stored.is_raw, stored.file]
            for stored in table.dictionaries
        ],
        "checks": [asdict(check) for check in table.checks],
        "comment": table.comment,
    }


def _chunk_to_json(chunk: StoredChunk) -> list[Any]:
    """Return [file, rows] for a chunk as it was loaded, else [parts, rows, live, deleted]."""
    file = chunk.parts[0].file
    as_loaded = tuple(StoredPart(file, index) for index in range(len(chunk.parts)))
    if chunk.parts == as_loaded and chunk.live is None:
        return [file, chunk.rows]
    live = None if chunk.live is None else [chunk.live.file, chunk.live.index]
    return [[[part.file, part.index] for part in chunk.parts], chunk.rows, live, chunk.deleted]


def _chunk_from_json(body: list[Any], columns: int) -> StoredChunk:
    if isinstance(body[0], str):
        return StoredChunk(body[1], tuple(StoredPart(body[0], index) for index in range(columns)))
    parts, rows, live, deleted = body
    return StoredChunk(
        rows,
        tuple(StoredPart(*part) for part in parts),
        None if live is None else StoredPart(*live),
        deleted,
    )


def _dictionary_from_json(body: list[Any], index: int) -> StoredDictionary:
    entries, size_bytes, is_raw, *file = body
    # Format 1 names the file by the column's place.
    return StoredDictionary(entries, size_bytes, is_raw, file[0] if file else f"dictionary-{index}")


def _table_from_json(body: dict[str, Any]) -> StoredTable:
    return StoredTable(
        id=body["id"],
        name=body["name"],
        version=body["version"],
        chunk_rows=body["chunk_rows"],
        columns=tuple(_column_from_json(column) for column in body["columns"]),
        chunks=tuple(_chunk_from_json(chunk, len(body["columns"])) for chunk in body["chunks"]),
        dictionaries=tuple(
            None if stored is None else _dictionary_from_json(stored, index)
            for index, stored in enumerate(body["dictionaries"])
        ),
        checks=tuple(Check(**check) for check in body.get("checks", ())),
        comment=body.get("comment", ""),
        schema=body.get("schema", MAIN_SCHEMA),
    )


def _column_to_json(column: ColumnDefinition) -> dict[str, Any]:
    request = column.encoding
    return {
        "name": column.name,
        "type": _type_words(column.type),
        "not_null": column.not_null,
        "encoding": None if request is None else [request.kind, request.bits],
        "default": column.default,
        "comment": column.comment,
    }


def _column_from_json(body: dict[str, Any]) -> ColumnDefinition:
    request = body["encoding"]
    return ColumnDefinition(
        name=body["name"],
        type=_type_of(body["type"]),
        not_null=body["not_null"],
        encoding=None if request is None else EncodingRequest(*request),
        default=body.get("default"),
        comment=body.get("comment", ""),
    )


def _type_words(of: SqlType) -> list[Any]:
    words: list[Any] = [of.kind.name, of.precision, of.scale]
    return words if of.element is None else [*words, _type_words(of.element)]


def _type_of(words: list[Any]) -> SqlType:
    kind, precision, scale, *element = words
    return SqlType(Kind[kind], precision, scale, element=_type_of(element[0]) if element else None)
