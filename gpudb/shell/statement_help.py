"""What \\h tells: the statements of SQL with their syntax, as one list."""

from __future__ import annotations

from gpudb.records import dataclass


@dataclass(frozen=True, slots=True)
class StatementHelp:
    """One statement; `example` parses as it stands."""

    name: str
    meaning: str
    syntax: str
    example: str


STATEMENTS: tuple[StatementHelp, ...] = (
    StatementHelp(
        "ALTER TABLE",
        "change a table's columns, defaults and constraints",
        "  ALTER TABLE [IF EXISTS] name RENAME { TO name | [COLUMN] column TO column }\n"
        "  ALTER TABLE name ADD [COLUMN] [IF NOT EXISTS] column type [DEFAULT value] [NOT NULL]\n"
        "  ALTER TABLE name DROP { [COLUMN] [IF EXISTS] column | CONSTRAINT [IF EXISTS] name }\n"
        "  ALTER TABLE name ALTER [COLUMN] column TYPE type [USING expression]\n"
        "  ALTER TABLE name ALTER [COLUMN] column { SET DEFAULT value | DROP DEFAULT }\n"
        "  ALTER TABLE name ALTER [COLUMN] column { SET | DROP } NOT NULL\n"
        "  ALTER TABLE name ADD [CONSTRAINT name] CHECK (condition)\n"
        "  ALTER TABLE name SET SCHEMA schema\n"
        "  ADD, DROP and ALTER may be several, with commas between",
        "ALTER TABLE t ADD COLUMN price DOUBLE DEFAULT 1.5, DROP COLUMN n",
    ),
    StatementHelp(
        "ALTER VIEW",
        "change the name of a view or of its columns, or move it",
        "  ALTER VIEW [IF EXISTS] name RENAME { TO name | [COLUMN] column TO column }\n"
        "  ALTER VIEW [IF EXISTS] name SET SCHEMA schema",
        "ALTER VIEW v RENAME TO w",
    ),
    StatementHelp(
        "BEGIN",
        "begin a transaction, which COMMIT makes last and ROLLBACK undoes",
        "  { BEGIN | START TRANSACTION }\n  COMMIT\n  ROLLBACK [TO [SAVEPOINT] name]",
        "BEGIN",
    ),
    StatementHelp(
        "COMMENT",
        "say what a table, a view or a column is for",
        "  COMMENT ON { TABLE | VIEW } name IS { 'text' | NULL }\n"
        "  COMMENT ON COLUMN { table | view }.column IS { 'text' | NULL }",
        "COMMENT ON COLUMN t.n IS 'a number'",
    ),
    StatementHelp(
        "COPY",
        "load a file into a table, or write a table or a query's answer to a file",
        "  COPY table [(column, ...)] FROM 'file' [WITH (option = value, ...)]\n"
        "  COPY { table [(column, ...)] | (query) } TO 'file' [WITH (option = value, ...)]",
        "COPY t FROM 'x.csv' WITH (header = true)",
    ),
    StatementHelp(
        "CREATE SCHEMA",
        "make a schema, in which tables and views lie",
        "  CREATE SCHEMA [IF NOT EXISTS] name\n  DROP SCHEMA [IF EXISTS] name, ... [CASCADE]",
        "CREATE SCHEMA sales",
    ),
    StatementHelp(
        "CREATE TABLE",
        "make a table",
        "  CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] name (column type [NOT NULL]\n"
        "      [DEFAULT value] [CHECK (condition)] [ENCODING encoding], ...,\n"
        "      [[CONSTRAINT name] CHECK (condition)])\n"
        "      [WITH (chunk_rows = n)]\n"
        "  CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] name AS query\n"
        "  encoding is DICT(8|16|32), FIXED(8|16|32), DAYS(16|32) or NONE",
        "CREATE TABLE t (n INTEGER NOT NULL, name TEXT ENCODING DICT(16))",
    ),
    StatementHelp(
        "CREATE VIEW",
        "name a query",
        "  CREATE [OR REPLACE] [TEMPORARY] VIEW [IF NOT EXISTS] name [(column, ...)] AS query",
        "CREATE VIEW v AS SELECT n FROM t",
    ),
    StatementHelp(
        "DELETE",
        "remove rows of a table",
        "  DELETE FROM table [[AS] name] [USING table, ...] [WHERE condition]\n"
        "      [RETURNING { * | expression [[AS] name], ... }]",
        "DELETE FROM t WHERE n > 1",
    ),
    StatementHelp(
        "DESCRIBE",
        "show the columns of a table, a view or a query",
        "  DESCRIBE { name | query }",
        "DESCRIBE t",
    ),
    StatementHelp(
        "DROP TABLE",
        "remove tables, or views",
        "  DROP { TABLE | VIEW } [IF EXISTS] name, ...",
        "DROP TABLE IF EXISTS t",
    ),
    StatementHelp(
        "EXECUTE",
        "run a statement that PREPARE has named",
        "  EXECUTE name [(value, ...)]\n  DEALLOCATE { name | ALL }",
        "EXECUTE p (1)",
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
        "  INSERT INTO table [(column, ...) | BY NAME] { VALUES (value, ...), ... | query }\n"
        "      [RETURNING { * | expression [[AS] name], ... }]\n"
        "  INSERT INTO table DEFAULT VALUES",
        "INSERT INTO t (n) VALUES (1), (2)",
    ),
    StatementHelp(
        "PREPARE",
        "name a statement with parameters, to run it by EXECUTE",
        "  PREPARE name [(type, ...)] AS statement",
        "PREPARE p AS SELECT n FROM t WHERE n > $1",
    ),
    StatementHelp(
        "RESET", "give a setting its default again", "  RESET { name | ALL }", "RESET threads"
    ),
    StatementHelp(
        "SAVEPOINT",
        "name a place in a transaction, to go back to by ROLLBACK TO",
        "  SAVEPOINT name\n  ROLLBACK TO [SAVEPOINT] name\n  RELEASE [SAVEPOINT] name",
        "SAVEPOINT a",
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
    StatementHelp(
        "SET",
        "change a setting",
        "  SET name = { value | DEFAULT }\n  SET search_path = schema, ...\n  USE schema",
        "SET threads = 2",
    ),
    StatementHelp(
        "SHOW",
        "show tables, functions, settings, the device, memory",
        "  SHOW { TABLES | VIEWS | ALL TABLES } [FROM schema] [LIKE 'pattern']\n"
        "  SHOW { SCHEMAS | FUNCTIONS } [LIKE 'pattern']\n"
        "  SHOW { DATABASES | TABLE DETAILS [name, ...] | COLUMNS FROM name }\n"
        "  SHOW { CREATE { TABLE | VIEW } name | ALL | DEVICE | MEMORY | setting }",
        "SHOW CREATE TABLE t",
    ),
    StatementHelp(
        "TRUNCATE", "remove all rows of tables", "  TRUNCATE [TABLE] name, ...", "TRUNCATE t"
    ),
    StatementHelp(
        "UPDATE",
        "change rows of a table",
        "  UPDATE table [[AS] name] SET column = { value | DEFAULT }, ...\n"
        "      [FROM table, ...] [WHERE condition]\n"
        "      [RETURNING { * | expression [[AS] name], ... }]",
        "UPDATE t SET n = n + 1 WHERE n > 1",
    ),
    StatementHelp(
        "VALUES", "give rows as they stand", "  VALUES (value, ...), ...", "VALUES (1, 2)"
    ),
)
