"""From text to trees: splits a script into statements and parses each.

Queries go to sqlglot's parser (gpudb.sql.dialect); every other statement has a function here, found
by its first words in STATEMENTS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from gpudb.errors import Error, NotSupportedError, ProgrammingError
from gpudb.sql import ddl, sessions
from gpudb.sql import statement as bound
from gpudb.sql.dialect import parse_query, span_of, tokenize
from gpudb.sql.expr import Span
from gpudb.sql.parsed import Parsed
from gpudb.sql.part import Part, options, parse_part, places_of
from gpudb.sql.reader import PARENTHESES, Reader
from gpudb.sql.scope import nearest
from gpudb.sql.statement import ExplainForm, Statement
from gpudb.sql.tree import (
    CopyFromTree,
    CopyToTree,
    ExplainTree,
    InsertTree,
    Name,
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
        statements.append(Parsed(part.body, text, span, part.parameters, part.spans))
    return statements


def split_script(text: str) -> list[str]:
    """Return the statements of `text` as they stand there, whether or not they can be parsed.

    >>> split_script("SELECT 1; SELCT ';' -- no such word")
    ['SELECT 1', "SELCT ';'"]
    """
    whole = text.strip(BLANKS)
    if whole[:1].isalpha() and whole.find(";") in (-1, len(whole) - 1):
        # One statement, which need not be taken apart here.
        return [whole.removesuffix(";").rstrip(BLANKS)]
    return [text[part[0].start : part[-1].end + 1] for part in split(tokenize(text))]


BLANKS = " \t\r\n"


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
    """SELECT, VALUES, WITH, FROM, PIVOT or (query), up to the end of the statement."""
    if reader.is_at("WITH") and _is_insert(reader):
        return insert(reader)
    return parse_part(reader.rest(), reader.text)


def truncate(reader: Reader) -> Part:
    """TRUNCATE [TABLE] name, ..."""
    reader.expect("TRUNCATE")
    reader.skip("TABLE")
    tables = [reader.relation("a table's name")]
    while reader.skip(","):
        tables.append(reader.relation("a table's name"))
    return Part(TruncateTree(tuple(tables)))


def delete(reader: Reader) -> Part:
    """DELETE FROM ..., up to the end of the statement."""
    if not reader.is_at("DELETE", "FROM"):
        reader.expect("DELETE", "FROM")
    return query(reader)


def insert(reader: Reader) -> Part:
    """INSERT INTO name [(columns) | BY NAME] query [RETURNING ...], WITH before it or inside."""
    before: list[Token] = []
    while not reader.is_at("INSERT"):
        before.append(reader.take())
    reader.expect("INSERT", "INTO")
    table = reader.relation("a table's name")
    alias = reader.name("a name") if reader.skip("AS") else None
    columns = [] if _is_query(reader, 1) else reader.listed_names("a column's name")
    is_by_name = not columns and reader.skip("BY", "NAME")
    begin = reader.index
    tokens, returning = _split_returning(reader)
    part = Part(QueryTree(exp.Values(), ()))
    if not (not columns and not is_by_name and [t.text.upper() for t in tokens] == DEFAULTS):
        if not tokens or not (tokens[0].text == "(" or tokens[0].text.upper() in QUERIES):
            reader.index = begin
            raise reader.unexpected("VALUES or SELECT")
        part = parse_part([*before, *tokens], reader.text)
    if not isinstance(part.body, QueryTree):
        raise reader.place(ProgrammingError("INSERT takes VALUES or a query"), tokens[0])
    made = InsertTree(table, alias, tuple(columns), is_by_name, part.body, returning)
    return Part(made, part.parameters, {"": table.span, **places_of("column", columns)})


DEFAULTS = ["DEFAULT", "VALUES"]
QUERIES = ("SELECT", "VALUES", "WITH", "TABLE", "FROM")


def _split_returning(reader: Reader) -> tuple[list[Token], QueryTree | None]:
    """Return the tokens up to RETURNING, and its list as SELECT of it."""
    begin, depth = reader.index, 0
    while not reader.is_done:
        if depth == 0 and reader.is_at("RETURNING"):
            tokens = reader.tokens[begin : reader.index]
            return tokens, _returning(reader)
        depth += PARENTHESES.get(reader.take().token_type, 0)
    return reader.tokens[begin:], None


def _returning(reader: Reader) -> QueryTree:
    word = reader.take()
    if reader.is_done:
        raise reader.unexpected("* or an expression")
    tokens = reader.rest()
    select = Token(TokenType.SELECT, "SELECT", word.line, word.col, word.start, word.end)
    tree, slots = parse_query([select, *tokens], reader.text)
    if slots:
        message = "RETURNING of an INSERT has no parameters"
        span = slots[0].span
        raise NotSupportedError(message).at(reader.text, span.begin, span.end)
    if not isinstance(tree, exp.Select) or {k for k, v in tree.args.items() if v} != {
        "expressions"
    }:
        raise reader.place(ProgrammingError("RETURNING takes expressions"), tokens[0])
    return QueryTree(tree, tuple(tokens))


def _is_insert(reader: Reader) -> bool:
    """Whether INSERT stands behind WITH and its queries."""
    depth = 0
    for token in reader.tokens[reader.index :]:
        depth += PARENTHESES.get(token.token_type, 0)
        is_word = token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER)
        if depth == 0 and is_word and token.text.upper() in ("INSERT", "SELECT"):
            return token.text.upper() == "INSERT"
    return False


def _is_query(reader: Reader, ahead: int) -> bool:
    token = reader.peek(ahead)
    return token is not None and token.text.upper() in ("SELECT", "VALUES", "WITH")


def copy(reader: Reader) -> Part:
    """COPY table [(columns)] FROM 'path', COPY (query) or table TO 'path'; each [WITH (...)]."""
    reader.expect("COPY")
    if reader.is_at("("):
        tokens = reader.parenthesised()
        if not tokens:
            raise reader.unexpected("a query before )")
        part = parse_part(tokens, reader.text)
        reader.expect("TO")
        return _copy_to(reader, part)
    table = reader.relation("a table's name or (query)")
    columns = reader.listed_names("a column's name")
    if reader.skip("TO"):
        return _copy_to(reader, _whole_table(table, reader, columns))
    reader.expect("FROM")
    path, spans = _path(reader)
    spans.update(places_of("column", columns))
    found = options(reader, spans)
    return Part(CopyFromTree(table, tuple(columns), path, found), spans=spans)


def _copy_to(reader: Reader, part: Part) -> Part:
    assert isinstance(part.body, QueryTree)
    path, spans = _path(reader)
    found = options(reader, spans)
    return Part(CopyToTree(part.body, path, found), part.parameters, spans)


def _path(reader: Reader) -> tuple[str, dict[str, Span]]:
    """Read a file's path, and note its place."""
    path = reader.string("a file's path in quotes")
    span = span_of(reader.tokens[reader.index - 1])
    return path, {"": span, "file": span}


def _whole_table(table: Name, reader: Reader, columns: Sequence[Name] = ()) -> Part:
    """Return the query SELECT * FROM table, or of some of its columns."""
    name = _identifier(table)
    schema = None if table.schema is None else exp.to_identifier(table.schema, quoted=True)
    if schema is not None:
        schema.meta.update(name.meta)
    source = exp.Table(this=name, db=schema)
    chosen: list[exp.Expr] = [exp.Column(this=_identifier(column)) for column in columns]
    chosen = chosen or [exp.Star()]
    tree = exp.Select(expressions=chosen, from_=exp.From(this=source))
    begin, end = table.span.begin, table.span.end
    tokens = tuple(token for token in reader.tokens if begin <= token.start < end)
    return Part(QueryTree(tree, tokens))


def _identifier(name: Name) -> exp.Identifier:
    made = exp.to_identifier(name.text, quoted=True)
    made.meta.update(start=name.span.begin, end=name.span.end - 1)
    return made


def table(reader: Reader) -> Part:
    """TABLE name: all of a table."""
    reader.expect("TABLE")
    return _whole_table(reader.relation("a table's name"), reader)


def summarize(reader: Reader) -> Part:
    """SUMMARIZE name, SUMMARIZE query."""
    reader.expect("SUMMARIZE")
    is_query = any(reader.is_at(word) for word in ("SELECT", "WITH", "VALUES", "FROM", "("))
    if is_query:
        part = parse_part(reader.rest(), reader.text)
    else:
        part = _whole_table(reader.relation("a table's name or a query"), reader)
    if not isinstance(part.body, QueryTree) or not isinstance(part.body.tree, exp.Query):
        raise reader.unexpected("a table's name or a query")
    summary = exp.Summarize(this=part.body.tree)
    return Part(QueryTree(summary, part.body.tokens), part.parameters)


def prepare(reader: Reader) -> Part:
    """PREPARE name [(types)] AS statement; the statement is parsed, and kept as text."""
    name, types, span = sessions.prepare_head(reader)
    begin, end = reader.tokens[reader.index].start, reader.tokens[-1].end + 1
    part = parse_statement(reader)
    named = [slot for slot in part.parameters if slot.name and not slot.name.isdigit()]
    if named:
        span = named[0].span
        message = "parameters of PREPARE are written $1 or ?"
        raise ProgrammingError(message).at(reader.text, span.begin, span.end)
    return Part(bound.Prepare(name, types, reader.text[begin:end]), spans={"": span})


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
    reader.take()
    _ = reader.skip("TRANSACTION") or reader.skip("WORK")
    return Part(bound.Commit())


def rollback(reader: Reader) -> Part:
    """ROLLBACK [TRANSACTION | WORK] [TO [SAVEPOINT] name], ABORT."""
    reader.take()
    _ = reader.skip("TRANSACTION") or reader.skip("WORK")
    return _savepoint(reader, bound.ReturnTo) if reader.skip("TO") else Part(bound.Rollback())


def savepoint(reader: Reader) -> Part:
    """SAVEPOINT name."""
    return _savepoint(reader, bound.SetSavepoint)


def release(reader: Reader) -> Part:
    """RELEASE [SAVEPOINT] name."""
    reader.expect("RELEASE")
    return _savepoint(reader, bound.Release)


def _savepoint(reader: Reader, make: Callable[[str], Statement]) -> Part:
    reader.skip("SAVEPOINT")
    name = reader.name("a savepoint's name")
    return Part(make(name.text.lower()), spans={"": name.span})


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
    "FROM": query,
    "PIVOT": query,
    "UNPIVOT": query,
    "(": query,
    "TABLE": table,
    "SUMMARIZE": summarize,
    "CREATE": ddl.create,
    "DROP": ddl.drop,
    "ALTER SYSTEM": sessions.clear_memory,
    "ALTER": ddl.alter,
    "RENAME": ddl.rename,
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
    "SAVEPOINT": savepoint,
    "RELEASE": release,
    "EXPLAIN": explain,
}
LATER = frozenset(
    [
        "MERGE",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "VACUUM",
        "FROM",
        "ATTACH",
        "CALL",
    ]
)
