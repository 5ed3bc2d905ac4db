"""What a connection offers to make functions of SQL out of Python's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from gpudb.sql.user_function import UserFunction


class FunctionNames(ABC):
    """`gpudb.Connection.create_function`."""

    @abstractmethod
    def add_function(self, function: UserFunction) -> None:
        """Let SQL call a function that is made already, or made anew."""

    def create_function(
        self,
        name: str,
        function: Callable[..., Any] | None = None,
        argument_types: Sequence[object] | None = None,
        return_type: object | None = None,
        *,
        mode: str | None = None,
        null_handling: str = "default",
    ) -> Callable[..., Any]:
        """Let SQL of this connection call a Python function, and return that; also a decorator.

        Types are SQL names such as "DOUBLE", Python's (int, float, bool, str, datetime.date ...) or
        Arrow's; annotations serve where they are left out. `mode` None chooses: "compiled" for
        numbers, whose Python text becomes a part of the kernels (NotSupportedError names a line
        that cannot), else "python", which calls it once for each distinct combination of arguments.
        "arrow" gives it Arrow arrays and takes one. A NULL argument gives NULL without a call; with
        `null_handling` "special" the function gets it as None.
        """
        if function is None:

            def decorate(decorated: Callable[..., Any]) -> Callable[..., Any]:
                return self.create_function(
                    name,
                    decorated,
                    argument_types,
                    return_type,
                    mode=mode,
                    null_handling=null_handling,
                )

            return decorate
        from gpudb.user_functions import make_function

        made = make_function(
            name, function, argument_types, return_type, mode=mode, null_handling=null_handling
        )
        self.add_function(made)
        return function
