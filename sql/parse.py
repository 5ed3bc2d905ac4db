"""From text to trees: splits a script into statements and parses each.

Queries go to sqlglot's parser (gpudb.sql.dialect); every other statement has a function here, found
by its first words in STATEMENTS.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql import ddl, sessions
from gpudb.sql import statement as bound
from gpudb.sql.dialect import span_of, tokenize
from gpudb.sql.expr import Span
from gpudb.sql.part import Part, options, parse_part
from gpudb.sql.reader import Reader
from gpudb.sql.scope import nearest
from gpudb.sql.statement import ExplainForm
from gpudb.sql.tree import (
    CopyToTree,
    ExplainTree,
    InsertTree,
    Name,
    Parsed,
    QueryTree,
    TruncateTree,
)


def parse_script(text: str) -> list[Parsed]:
    """Parse the statements of `text`, which `;` parts; raises ProgrammingError with the place.

    >>> [parsed.source for parsed in parse_script("SELECT 1; SHOW TABLES;")]
    ['SELECT 1', 'SHOW TABLES']
    """
    statements = []
    for tokens in split(tokenize(text)):
        part = parse_statement(Reader(tokens, text))
        span = Span(tokens[0].start, tokens[-1].end + 1)
        statements.append(Parsed(part.body, text, span, part.parameters))
    return statements


def split_script(text: str) -> list[str]:
    """Return the statements of `text` as they stand there, whether or not they can be parsed.

    >>> split_script("SELECT 1; SELCT ';' -- no such word")
    ['SELECT 1', "SELCT ';'"]
    """
    return [text[part[0].start : part[-1].end + 1] for part in split(tokenize(text))]


def split(tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens of each statement, without the semicolons."""
    statements: list[list[Token]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            statements.append([])
        else:
            statements[-1].append(token)
    return [statement for statement in statements if statement]


def parse_statement(reader: Reader) -> Part:
    """Parse one statement."""
    for words, parse in STATEMENTS.items():
        if reader.is_at(*words.split()):
            part = parse(reader)
            reader.expect_end()
            return part
    first = reader.take()
    source = reader.text[first.start : first.end + 1]
    if source.upper() in LATER:
        error: Error = NotSupportedError(f"{source.upper()} is not supported yet")
    else:
        known = sorted({words.split()[0] for words in STATEMENTS})
        error = ProgrammingError(f"syntax error at {source}{nearest(source, known)}")
    raise reader.place(error, first)


def query(reader: Reader) -> Part:
    """SELECT, VALUES, WITH or a query in parentheses, up to the end of the statement."""
    return parse_part(reader.rest(), reader.text)


def truncate(reader: Reader) -> Part:
    """TRUNCATE [TABLE] name."""
    reader.expect("TRUNCATE")
    reader.skip("TABLE")
    return Part(TruncateTree(reader.relation("a table's name")))


def delete(reader: Reader) -> Part:
    """DELETE FROM ..., up to the end of the statement."""
    if not reader.is_at("DELETE", "FROM"):
        reader.expect("DELETE", "FROM")
    return query(reader)


def insert(reader: Reader) -> Part:
    """INSERT INTO name [(columns)] query."""
    reader.expect("INSERT", "INTO")
    table = reader.relation("a table's name")
    columns: list[Name] = []
    if reader.is_at("(") and not _is_query(reader, 1):
        reader.expect("(")
        columns.append(reader.name("a column's name"))
        while reader.skip(","):
            columns.append(reader.name("a column's name"))
        reader.expect(")")
    if not _is_query(reader, 0) and not reader.is_at("("):
        raise reader.unexpected("VALUES or SELECT")
    part = query(reader)
    assert isinstance(part.body, QueryTree)
    return Part(InsertTree(table, tuple(columns), part.body), part.parameters)


def _is_query(reader: Reader, ahead: int) -> bool:
    token = reader.peek(ahead)
    return token is not None and token.text.upper() in ("SELECT", "VALUES", "WITH")


def copy(reader: Reader) -> Part:
    """COPY table FROM 'path', COPY (query) TO 'path', COPY table TO 'path'; each [WITH (...)]."""
    reader.expect("COPY")
    if reader.is_at("("):
        tokens = reader.parenthesised()
        if not tokens:
            raise reader.unexpected("a query before )")
        part = parse_part(tokens, reader.text)
        reader.expect("TO")
        return _copy_to(reader, part)
    table = reader.name("a table's name or (query)")
    if reader.skip("TO"):
        return _copy_to(reader, _whole_table(table, reader))
    reader.expect("FROM")
    path = reader.string("a file's path in quotes")
    return Part(bound.CopyFrom(table.text, path, options(reader)))


def _copy_to(reader: Reader, part: Part) -> Part:
    assert isinstance(part.body, QueryTree)
    path = reader.string("a file's path in quotes")
    return Part(CopyToTree(part.body, path, options(reader)), part.parameters)


def _whole_table(table: Name, reader: Reader) -> Part:
    """Return the query SELECT * FROM table."""
    name = exp.to_identifier(table.text, quoted=True)
    name.meta.update(start=table.span.begin, end=table.span.end - 1)
    tree = exp.Select(expressions=[exp.Star()], from_=exp.From(this=exp.Table(this=name)))
    tokens = tuple(token for token in reader.tokens if span_of(token) == table.span)
    return Part(QueryTree(tree, tokens))


def table(reader: Reader) -> Part:
    """TABLE name: all of a table."""
    reader.expect("TABLE")
    return _whole_table(reader.name("a table's name"), reader)


def prepare(reader: Reader) -> Part:
    """PREPARE name [(types)] AS statement; the statement is parsed, and kept as text."""
    name, types = sessions.prepare_head(reader)
    begin, end = reader.tokens[reader.index].start, reader.tokens[-1].end + 1
    part = parse_statement(reader)
    named = [slot for slot in part.parameters if slot.name and not slot.name.isdigit()]
    if named:
        span = named[0].span
        message = "parameters of PREPARE are written $1 or ?"
        raise ProgrammingError(message).at(reader.text, span.begin, span.end)
    return Part(bound.Prepare(name, types, reader.text[begin:end]))


# What we offer is as strict as each of these, or stricter.
ISOLATION_LEVELS = ("SNAPSHOT", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED")


def begin(reader: Reader) -> Part:
    """BEGIN [TRANSACTION | WORK], START TRANSACTION; each [ISOLATION LEVEL ...] [READ WRITE]."""
    reader.take()
    _ = reader.skip("TRANSACTION") or reader.skip("WORK")
    while not reader.is_done:
        if reader.skip("ISOLATION", "LEVEL"):
            if not any(reader.skip(*level.split()) for level in ISOLATION_LEVELS):
                token = reader.take()
                message = "an isolation level above SNAPSHOT (REPEATABLE READ) is not supported yet"
                raise reader.place(NotSupportedError(message), token)
        elif not reader.skip("READ", "WRITE"):
            raise reader.unexpected("ISOLATION LEVEL or the end of the statement")
        reader.skip(",")
    return Part(bound.Begin())


def commit(reader: Reader) -> Part:
    """COMMIT [TRANSACTION | WORK], END."""
    return _end(reader, bound.Commit())


def rollback(reader: Reader) -> Part:
    """ROLLBACK [TRANSACTION | WORK], ABORT."""
    return _end(reader, bound.Rollback())


def _end(reader: Reader, statement: bound.Commit | bound.Rollback) -> Part:
    reader.take()
    _ = reader.skip("TRANSACTION") or reader.skip("WORK")
    if reader.is_at("TO"):
        token = reader.take()
        raise reader.place(NotSupportedError("SAVEPOINT is not supported yet"), token)
    return Part(statement)


def explain(reader: Reader) -> Part:
    """EXPLAIN [PLAN | CODE | ANALYZE] statement."""
    reader.expect("EXPLAIN")
    form = next((form for form in ExplainForm if reader.skip(form.name)), ExplainForm.PLAN)
    if reader.is_done:
        raise reader.unexpected("a statement")
    part = parse_statement(reader)
    return Part(ExplainTree(form, part.body), part.parameters)


# The first words of each statement, the longer before the shorter.
STATEMENTS: dict[str, Callable[[Reader], Part]] = {
    "SELECT": query,
    "WITH": query,
    "VALUES": query,
    "(": query,
    "TABLE": table,
    "CREATE": ddl.create,
    "DROP": ddl.drop,
    "ALTER SYSTEM": sessions.clear_memory,
    "ALTER": ddl.alter,
    "COMMENT": ddl.comment,
    "INSERT": insert,
    "UPDATE": query,
    "DELETE": delete,
    "TRUNCATE": truncate,
    "COPY": copy,
    "SHOW": sessions.show,
    "DESCRIBE": sessions.describe,
    "DESC": sessions.describe,
    "SET": sessions.set_setting,
    "RESET": sessions.reset,
    "USE": sessions.use,
    "PREPARE": prepare,
    "EXECUTE": sessions.execute,
    "DEALLOCATE": sessions.deallocate,
    "BEGIN": begin,
    "START TRANSACTION": begin,
    "COMMIT": commit,
    "END": commit,
    "ROLLBACK": rollback,
    "ABORT": rollback,
    "EXPLAIN": explain,
}
LATER = frozenset(
    [
        "MERGE",
        "SAVEPOINT",
        "RELEASE",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "VACUUM",
        "FROM",
        "ATTACH",
        "CALL",
    ]
)
