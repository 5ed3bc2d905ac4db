"""The reference of SQL's functions, docs/sql.md, made of the registries: `make docs` writes it.

    registries and docstrings --sections--> Section, Entry --markdown--> text

What is added to a registry appears by itself, under its module's section.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator

from gpudb.records import dataclass
from gpudb.sql.bind import function_nodes, session_forms
from gpudb.sql.bind.aggregates import AGGREGATES
from gpudb.sql.bind.forms import FORMS, MANY, Form
from gpudb.sql.bind.window_functions import WINDOW_FUNCTIONS
from gpudb.sql.documentation import find_documentation
from gpudb.sql.functions import DEFINITIONS, Family, FunctionDefinition
from gpudb.sql.reference_texts import AGGREGATE_LINES, GRAMMAR, OPERATORS, Line
from gpudb.sql.reference_windows import WINDOW_LINES
from gpudb.storage.types import SqlType

# The modules that register forms are imported for that.
REGISTERING = (function_nodes, session_forms)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of SQL: what it is called, what it means, an expression and its value's text."""

    names: tuple[str, ...]
    heading: str
    meaning: str
    expression: str
    answer: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the reference."""

    title: str
    entries: tuple[Entry, ...]


# Sections in order, with the modules of functions and forms that they describe.
MODULES: dict[str, tuple[str, ...]] = {
    "Conditions and types": ("forms",),
    "Numbers": ("number_forms", "rounding", "integers", "number_formats"),
    "Powers and logarithms": ("math",),
    "Trigonometry": ("trigonometry",),
    "Text": ("text", "text_forms", "quoting"),
    "Searching text": ("search",),
    "Regular expressions": ("regex", "matches"),
    "Codes and digests": ("coding",),
    "Similarity of texts": ("similarity",),
    "Dates and times": ("moment_forms", "dates", "calendar", "zones", "formats", "parsing"),
    "Intervals": ("interval_forms", "intervals"),
    "The session": ("session_forms",),
    "Arrays": ("array_forms", "array_changes"),
}


def sections() -> tuple[Section, ...]:
    """Return the whole reference in order."""
    known = {module for modules in MODULES.values() for module in modules}
    by_module: dict[str, list[Entry]] = {}
    for module, entry in (*_forms(), *_functions()):
        by_module.setdefault(module, []).append(entry)
    described = [
        Section(title, _ordered(e for module in modules for e in by_module.get(module, ())))
        for title, modules in MODULES.items()
    ]
    # A module that no section names yet has one of its own.
    others = [
        Section(module.replace("_", " ").capitalize(), _ordered(entries))
        for module, entries in by_module.items()
        if module not in known
    ]
    return (
        Section("Operators", _written(OPERATORS)),
        Section("Expressions with a grammar of their own", _written(GRAMMAR)),
        *described,
        *others,
        Section("Aggregates", tuple(_listed(AGGREGATES, AGGREGATE_LINES))),
        Section("Window functions", tuple(_listed(WINDOW_FUNCTIONS, WINDOW_LINES))),
    )


def _ordered(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: (not entry.names, entry.heading.lower())))


def _written(lines: Iterable[Line]) -> tuple[Entry, ...]:
    return tuple(Entry((), *line) for line in lines)


def _listed(names: Iterable[str], lines: dict[str, tuple[str, str, str]]) -> Iterator[Entry]:
    for name in sorted(names):
        yield Entry((name,), f"{name}(...)", *lines.get(name, ("", "", "")))


def _forms() -> Iterator[tuple[str, Entry]]:
    for name, form in FORMS.items():
        found = find_documentation(form.bind)
        if name == form.names[0] and found is not None:
            heading = f"{name}({_count(form)})"
            entry = Entry(form.names, heading, found.meaning, found.expression, found.answer)
            yield form.section, entry


def _count(form: Form) -> str:
    if form.most == 0:
        return ""
    if form.most == MANY:
        return f"{form.least} or more"
    return str(form.least) if form.least == form.most else f"{form.least} to {form.most}"


def _functions() -> Iterator[tuple[str, Entry]]:
    """Yield the functions that no form stands for; operators under their examples."""
    for definition in DEFINITIONS.values():
        found = find_documentation(definition.body)
        if found is None or (definition.sql_names and set(definition.sql_names) & set(FORMS)):
            continue
        heading = _signature(definition) if definition.sql_names else found.expression
        words = (heading, found.meaning, found.expression, found.answer)
        yield definition.section, Entry(definition.sql_names, *words)


def _signature(definition: FunctionDefinition) -> str:
    names = [*inspect.signature(definition.body).parameters][: len(definition.parameters)]
    parts = [
        f"{name} {_type(parameter)}"
        for name, parameter in zip(names, definition.parameters, strict=False)
    ]
    joined = ", ".join(parts) + (", ..." if definition.is_variadic else "")
    result = f" -> {definition.result}" if isinstance(definition.result, SqlType) else ""
    return f"{definition.sql_names[0]}({joined}){result}"


def _type(parameter: SqlType | Family) -> str:
    return parameter.name.lower() if isinstance(parameter, Family) else str(parameter)


def markdown() -> str:
    """Return the text of docs/sql.md."""
    parts = sections()
    lines = [
        "# SQL: operators, functions, aggregates",
        "",
        "Made by `make docs` of the functions' own words; the tests run every example. Names are",
        "written in any case. Where an argument is NULL, so is the answer, unless it says other.",
        "Before a type stands the argument's name; a number is how many arguments there are.",
        "",
        *(f"- [{part.title}](#{_anchor(part.title)})" for part in parts),
    ]
    for part in parts:
        lines += ["", f"## {part.title}", "", "| | meaning | example |", "|---|---|---|"]
        lines += [row(entry) for entry in part.entries]
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def row(entry: Entry) -> str:
    """Return an entry's row of its section's table."""
    others = [name for name in entry.names if not entry.heading.startswith(f"{name}(")]
    also = f" Also {', '.join(f'`{name}`' for name in others)}." if others else ""
    example = f"`SELECT {entry.expression}` gives `{entry.answer}`" if entry.expression else ""
    cells = (f"`{entry.heading}`", entry.meaning + also, example)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(markdown())
