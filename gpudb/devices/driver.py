"""Is there a driver of NVIDIA's, and which CUDA does it run? Asked of libcuda, without any package.

Every start asks, so nothing that a GPU needs besides is loaded for it.
"""

from __future__ import annotations

import ctypes

from gpudb.records import dataclass

LEAST_CUDA = 12_000
LEAST_DRIVER = 525


class NoGpuError(Exception):
    """Why no GPU can be used: one plain sentence that says what was found and what to install."""


@dataclass(frozen=True, slots=True)
class Driver:
    """The driver's library: the CUDA version that it runs, and how many GPUs it sees."""

    cuda: int
    gpus: int

    @property
    def extra(self) -> str:
        """The extra of gpudb that suits it."""
        return "gpudb-engine[cuda13]" if self.cuda >= 13_000 else "gpudb-engine[cuda12]"

    @property
    def shown(self) -> str:
        """The CUDA version as people write it."""
        return f"{self.cuda // 1000}.{self.cuda % 1000 // 10}"


def find_driver() -> Driver | None:
    """Return the driver, or None where its library cannot be loaded."""
    try:
        library = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None
    version, count = ctypes.c_int(0), ctypes.c_int(0)
    library.cuDriverGetVersion(ctypes.byref(version))
    if library.cuInit(0) == 0:
        library.cuDeviceGetCount(ctypes.byref(count))
    return Driver(version.value, count.value)


def check_driver(driver: Driver | None) -> Driver:
    """Return a driver that will do; raises NoGpuError."""
    if driver is None:
        raise NoGpuError(
            "no NVIDIA driver was found (libcuda.so.1 cannot be loaded): install one of "
            f"version {LEAST_DRIVER} or newer"
        )
    if driver.cuda < LEAST_CUDA:
        raise NoGpuError(
            f"the NVIDIA driver runs CUDA {driver.shown}, and gpudb needs 12.0: install a driver "
            f"of version {LEAST_DRIVER} or newer"
        )
    if not driver.gpus:
        raise NoGpuError("the NVIDIA driver was found, but it sees no GPU: look at nvidia-smi")
    return driver


def reset_context(number: int) -> None:
    """Destroy the context that this process has on a GPU; the next call to it makes another.

    CuPy has no call for that. What the driver says is seen by that next call.
    """
    library, device = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(0)
    library.cuDeviceGet(ctypes.byref(device), number)
    library.cuDevicePrimaryCtxReset_v2(device)
