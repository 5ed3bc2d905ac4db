"""Forms that tell of the session. There is one user, and one database in a process."""

from __future__ import annotations

import importlib.metadata

from sqlglot import exp

from gpudb.errors import ProgrammingError
from gpudb.sql.bind.context import Context
from gpudb.sql.bind.dispatch import bind_expression, bind_node
from gpudb.sql.bind.forms import Arguments, form, null, text
from gpudb.sql.expr import Expression, Literal
from gpudb.sql.scope import DATABASE
from gpudb.storage import types
from gpudb.storage.names import MAIN_SCHEMA

USER = "gpudb"


@form(("current_user", "session_user"), least=0, most=0)
def current_user(arguments: Arguments) -> Expression:
    """The user's name, which is the same for all: who reads the files may do everything.

    SELECT current_user gives gpudb
    """
    return text(USER)


@form("current_schema", least=0, most=0)
def current_schema(arguments: Arguments) -> Expression:
    """The schema in which tables are made: the first of search_path that exists.

    SELECT current_schema gives main
    """
    return text(MAIN_SCHEMA)


@form(("current_database", "current_catalog"), least=0, most=0)
def current_database(arguments: Arguments) -> Expression:
    """The database's name.

    SELECT current_database() gives gpudb
    """
    return text(DATABASE)


@form("version", least=0, most=0)
def version(arguments: Arguments) -> Expression:
    """The name and the version of this program.

    SELECT starts_with(version(), 'gpudb ') gives true
    """
    return text(f"gpudb {importlib.metadata.version('gpudb-engine')}")


@bind_node.register(exp.CurrentUser)
@bind_node.register(exp.SessionUser)
def _(node: exp.Func, context: Context) -> Expression:
    return current_user(())


@bind_node.register
def _(node: exp.CurrentSchema, context: Context) -> Expression:
    path = context.environment.catalog.path
    return text(path[0]) if path else null(types.TEXT)


@bind_node.register
def _(node: exp.CurrentCatalog, context: Context) -> Expression:
    return current_database(())


def bind_current_setting(node: exp.Anonymous, context: Context) -> Expression:
    """CURRENT_SETTING(name [, missing_ok]): a setting's value as SHOW has it."""
    environment = context.environment
    if not 1 <= len(node.expressions) <= 2:
        raise environment.wrong("current_setting takes 1 to 2 arguments", node)
    name, *others = (bind_expression(each, context) for each in node.expressions)
    if not isinstance(name, Literal) or not isinstance(name.value, str):
        raise environment.wrong("current_setting takes a constant text", node.expressions[0])
    environment.volatile.append("setting")
    may_miss = bool(others) and isinstance(others[0], Literal) and others[0].value is True
    try:
        return text(environment.catalog.show_setting(name.value))
    except ProgrammingError as error:
        if may_miss:
            return null(types.TEXT)
        raise environment.place(error, node.expressions[0]) from None
