"""From text to trees: splits a script into statements and parses each.

Queries go to sqlglot's parser (gpudb.sql.dialect); every other statement has a function here, found
by its first words in STATEMENTS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql import statement as bound
from gpudb.sql.definitions import definitions
from gpudb.sql.dialect import ParameterSlot, parse_query, span_of, tokenize
from gpudb.sql.expr import Span
from gpudb.sql.reader import Reader
from gpudb.sql.scope import nearest
from gpudb.sql.statement import ExplainForm, OptionValue
from gpudb.sql.tree import (
    ChangeTree,
    CopyToTree,
    CreateTableAsTree,
    ExplainTree,
    InsertTree,
    Name,
    Parsed,
    QueryTree,
    Tree,
    TruncateTree,
)

CHANGES = (exp.Update, exp.Delete)


@dataclass(frozen=True, slots=True)
class Part:
    """A parsed statement and the parameters in it."""

    body: Tree
    parameters: tuple[ParameterSlot, ...] = ()


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
    return _query(reader.rest(), reader.text)


def _query(tokens: list[Token], text: str) -> Part:
    tree, slots = parse_query(tokens, text)
    parsed = QueryTree(tree, tuple(tokens))
    return Part(ChangeTree(parsed) if isinstance(tree, CHANGES) else parsed, slots)


def truncate(reader: Reader) -> Part:
    """TRUNCATE [TABLE] name."""
    reader.expect("TRUNCATE")
    reader.skip("TABLE")
    return Part(TruncateTree(reader.name("a table's name")))


def delete(reader: Reader) -> Part:
    """DELETE FROM ..., up to the end of the statement."""
    if not reader.is_at("DELETE", "FROM"):
        reader.expect("DELETE", "FROM")
    return query(reader)


def create_table(reader: Reader) -> Part:
    """CREATE TABLE [IF NOT EXISTS] name (columns) [WITH (...)], or AS query [WITH (...)]."""
    reader.expect("CREATE", "TABLE")
    if_not_exists = reader.skip("IF", "NOT", "EXISTS")
    name = reader.name("a table's name").text
    if reader.is_at("AS") or reader.is_at("WITH"):
        return _create_table_as(reader, name, if_not_exists=if_not_exists)
    columns = definitions(reader)
    return Part(bound.CreateTable(name, columns, _options(reader), if_not_exists=if_not_exists))


def _create_table_as(reader: Reader, name: str, *, if_not_exists: bool) -> Part:
    options = _options(reader)
    reader.expect("AS")
    tokens = reader.rest()
    if not options:
        tokens, options = _trailing_options(tokens, reader.text)
    part = _query(tokens, reader.text)
    assert isinstance(part.body, QueryTree)
    tree = CreateTableAsTree(name, part.body, options, if_not_exists)
    return Part(tree, part.parameters)


def _trailing_options(tokens: list[Token], text: str) -> tuple[list[Token], dict[str, OptionValue]]:
    """Take `WITH (...)` off the end of a query's tokens."""
    begins = [i for i, token in enumerate(tokens) if token.token_type is TokenType.WITH]
    if not begins or begins[-1] == 0 or begins[-1] + 1 >= len(tokens):
        return tokens, {}
    begin = begins[-1]
    if tokens[begin + 1].text != "(":
        return tokens, {}
    tail = Reader(tokens[begin:], text)
    options = _options(tail)
    tail.expect_end()
    return tokens[:begin], options


def _options(reader: Reader) -> dict[str, OptionValue]:
    """[WITH] (name = value, name value, ...), names in lower case; none where nothing is given."""
    if not reader.skip("WITH") and not reader.is_at("("):
        return {}
    options: dict[str, OptionValue] = {}
    reader.expect("(")
    while True:
        name = reader.name("an option's name")
        if name.text.lower() in options:
            raise reader.place(ProgrammingError(f"option {name.text} is given twice"), name)
        reader.skip("=")
        is_bare = reader.is_at(",") or reader.is_at(")")
        options[name.text.lower()] = True if is_bare else reader.value("an option's value")
        if not reader.skip(","):
            reader.expect(")")
            return options


def drop_table(reader: Reader) -> Part:
    """DROP TABLE [IF EXISTS] name."""
    reader.expect("DROP", "TABLE")
    if_exists = reader.skip("IF", "EXISTS")
    return Part(bound.DropTable(reader.name("a table's name").text, if_exists))


def insert(reader: Reader) -> Part:
    """INSERT INTO name [(columns)] query."""
    reader.expect("INSERT", "INTO")
    table = reader.name("a table's name")
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
        part = _query(tokens, reader.text)
        reader.expect("TO")
        return _copy_to(reader, part)
    table = reader.name("a table's name or (query)")
    if reader.skip("TO"):
        return _copy_to(reader, _whole_table(table, reader))
    reader.expect("FROM")
    path = reader.string("a file's path in quotes")
    return Part(bound.CopyFrom(table.text, path, _options(reader)))


def _copy_to(reader: Reader, part: Part) -> Part:
    assert isinstance(part.body, QueryTree)
    path = reader.string("a file's path in quotes")
    return Part(CopyToTree(part.body, path, _options(reader)), part.parameters)


def _whole_table(table: Name, reader: Reader) -> Part:
    """Return the query SELECT * FROM table."""
    name = exp.to_identifier(table.text, quoted=True)
    name.meta.update(start=table.span.begin, end=table.span.end - 1)
    tree = exp.Select(expressions=[exp.Star()], from_=exp.From(this=exp.Table(this=name)))
    tokens = tuple(token for token in reader.tokens if span_of(token) == table.span)
    return Part(QueryTree(tree, tokens))


def show(reader: Reader) -> Part:
    """SHOW TABLES, SHOW CREATE TABLE name, SHOW ALL | DEVICE | FUNCTIONS | MEMORY | setting."""
    reader.expect("SHOW")
    if reader.skip("TABLES"):
        return Part(bound.ShowTables())
    if reader.skip("CREATE", "TABLE"):
        return Part(bound.ShowCreateTable(reader.name("a table's name").text))
    return Part(bound.Show(reader.name("TABLES, ALL or a setting's name").text.lower()))


def table(reader: Reader) -> Part:
    """TABLE name: all of a table."""
    reader.expect("TABLE")
    return _whole_table(reader.name("a table's name"), reader)


def set_setting(reader: Reader) -> Part:
    """SET name = value, SET name TO value."""
    reader.expect("SET")
    name = reader.name("a setting's name").text.lower()
    if not reader.skip("TO"):
        reader.expect("=")
    return Part(bound.SetSetting(name, reader.value("a setting's value")))


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
    "CREATE TABLE": create_table,
    "DROP TABLE": drop_table,
    "INSERT": insert,
    "UPDATE": query,
    "DELETE": delete,
    "TRUNCATE": truncate,
    "COPY": copy,
    "SHOW": show,
    "SET": set_setting,
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
        "ALTER",
        "MERGE",
        "SAVEPOINT",
        "RELEASE",
        "CREATE",
        "DROP",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "VACUUM",
        "FROM",
        "DESCRIBE",
        "USE",
        "ATTACH",
        "PREPARE",
        "EXECUTE",
        "CALL",
    ]
)
