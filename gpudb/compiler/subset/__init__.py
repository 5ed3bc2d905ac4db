"""Users' scalar functions: Python's text -> the kernel language, with Python's meaning kept.

    source.py       a function's text as Python's ast, and what its free names stand for
    emit.py         lines of the kernel language in the making, and the places where they may stop
    values.py       expressions: each as a text that is safe to evaluate, checks written before it
    operators.py    arithmetic with the checks that Python makes
    calls.py        abs, min, round, math.sqrt, ...: what may be called
    statements.py   statements, the types of names, and one function after the other
    verify.py       the compiler's checker over all of it

What a user's function may do that the kernel language does not (raise, return None, and the
overflow that Python's integers lack) becomes a status: a function that may stop returns it in
the high word of a wide number, above the value.
"""

from gpudb.compiler.subset.emit import Stop, SubsetError
from gpudb.compiler.subset.statements import Translated, translate

__all__ = ["Stop", "SubsetError", "Translated", "translate"]
