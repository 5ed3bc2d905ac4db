"""What \\h tells: the statements of SQL with their syntax, as one list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StatementHelp:
    """One statement; `example` parses as it stands."""

    name: str
    meaning: str
    syntax: str
    example: str


STATEMENTS: tuple[StatementHelp, ...] = (
    StatementHelp(
        "COPY",
        "load a file into a table, or write a table or a query's answer to a file",
        "  COPY table FROM 'file' [WITH (option = value, ...)]\n"
        "  COPY { table | (query) } TO 'file' [WITH (option = value, ...)]",
        "COPY t FROM 'x.csv' WITH (header = true)",
    ),
    StatementHelp(
        "CREATE TABLE",
        "make a table",
        "  CREATE TABLE [IF NOT EXISTS] name (column type [NOT NULL] [ENCODING encoding], ...)\n"
        "      [WITH (chunk_rows = n)]\n"
        "  CREATE TABLE [IF NOT EXISTS] name AS query\n"
        "  encoding is DICT(8|16|32), FIXED(8|16|32), DAYS(16|32) or NONE",
        "CREATE TABLE t (n INTEGER NOT NULL, name TEXT ENCODING DICT(16))",
    ),
    StatementHelp(
        "DROP TABLE", "remove a table", "  DROP TABLE [IF EXISTS] name", "DROP TABLE IF EXISTS t"
    ),
    StatementHelp(
        "EXPLAIN",
        "show a query's plan; its kernels; what it costs",
        "  EXPLAIN [PLAN | CODE | ANALYZE] query",
        "EXPLAIN CODE SELECT 1",
    ),
    StatementHelp(
        "INSERT",
        "add rows to a table",
        "  INSERT INTO table [(column, ...)] { VALUES (value, ...), ... | query }",
        "INSERT INTO t (n) VALUES (1), (2)",
    ),
    StatementHelp(
        "SELECT",
        "query tables and files",
        "  [WITH name AS (query), ...]\n"
        "  SELECT [DISTINCT] expression [[AS] name], ...\n"
        "  FROM { table | 'file' | (query) } [[AS] name]\n"
        "      [join { table | 'file' | (query) } [[AS] name] { ON condition | USING (...) }]\n"
        "  [WHERE condition] [GROUP BY expression, ...] [HAVING condition]\n"
        "  [{ UNION | INTERSECT | EXCEPT } [ALL] query]\n"
        "  [ORDER BY expression [ASC | DESC] [NULLS { FIRST | LAST }], ...]\n"
        "  [LIMIT n] [OFFSET n]\n"
        "  join is [INNER] JOIN, { LEFT | RIGHT | FULL } [OUTER] JOIN or CROSS JOIN",
        "SELECT DISTINCT a.n FROM t AS a WHERE a.n > 1 ORDER BY 1 DESC LIMIT 3",
    ),
    StatementHelp("SET", "change a setting", "  SET name = value", "SET threads = 2"),
    StatementHelp(
        "SHOW",
        "show tables, functions, settings, the device, memory",
        "  SHOW { TABLES | CREATE TABLE name | FUNCTIONS | ALL | DEVICE | MEMORY | setting }",
        "SHOW CREATE TABLE t",
    ),
    StatementHelp(
        "VALUES", "give rows as they stand", "  VALUES (value, ...), ...", "VALUES (1, 2)"
    ),
)
