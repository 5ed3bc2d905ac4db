"""What goes wrong with PTX: text that the machine does not know, and kernels that misbehave."""

from __future__ import annotations

from gpudb.errors import InternalError


class PtxError(InternalError):
    """The text is not PTX that this machine knows, or a launch does not fit it."""


class KernelError(PtxError):
    """A kernel did what a GPU leaves undefined; the message names instruction, block and thread."""
