"""SQL functions: one list of definitions (see registry), one decorated body each."""

from gpudb.sql.functions import (
    dates,
    integers,
    math,
    queries,
    rounding,
    text,
    trigonometry,
)
from gpudb.sql.functions.registry import (
    DEFINITIONS,
    OVERLOADS,
    Constant,
    Family,
    FunctionDefinition,
    find_definition,
    get_function,
    is_host_function,
    kernel_source,
)

__all__ = [
    "DEFINITIONS",
    "OVERLOADS",
    "Constant",
    "Family",
    "FunctionDefinition",
    "dates",
    "find_definition",
    "get_function",
    "integers",
    "is_host_function",
    "kernel_source",
    "math",
    "queries",
    "rounding",
    "text",
    "trigonometry",
]
