"""Opens the device that the settings ask for; what only some devices need is loaded by them."""

from __future__ import annotations

from pathlib import Path

from gpudb.devices.cpu import CpuDevice
from gpudb.devices.device import Device
from gpudb.devices.driver import NoGpuError, check_driver, find_driver
from gpudb.devices.wanted import Wanted
from gpudb.errors import OperationalError
from gpudb.settings import Settings

# A change of these opens the device anew.
DEVICE_SETTINGS = (
    *("device", "threads", "compiler", "quick_start"),
    *("cache_directory", "cache_limit"),
    *("launch_grid", "launch_block", "gpu_memory_limit", "gpus"),
)


def open_device(settings: Settings) -> Device:
    """Return the device that `settings` ask for."""
    name = settings.get("device")
    if name == "emulated":
        return open_emulated(settings)
    if name in ("auto", "cuda"):
        try:
            return open_cuda(settings)
        except NoGpuError as error:
            if name == "cuda":
                raise OperationalError(f"device 'cuda': {error}") from None
    if name == "python":
        # Loaded when asked for: it brings the checker of the compiler along.
        from gpudb.devices.python import PythonDevice

        return PythonDevice()
    return open_cpu(settings)


def open_emulated(settings: Settings) -> Device:
    """Return the GPU on paper."""
    from gpudb.devices.choose import emulated

    return emulated(wanted_of(settings))


def open_cuda(settings: Settings) -> Device:
    """Return the machine's GPU; raises NoGpuError, which says why there is none."""
    check_driver(find_driver())  # before anything else is imported: most machines have none
    from gpudb.devices.choose import cuda

    return cuda(wanted_of(settings))


def wanted_of(settings: Settings) -> Wanted:
    """Return what the settings say of a GPU."""
    names = ("launch_grid", "launch_block", "gpu_memory_limit", "gpus")
    return Wanted(*(int(settings.get(name)) for name in names))


def open_cpu(settings: Settings) -> CpuDevice:
    """Return the cpu as the settings want it."""
    cache = Path(str(settings.get("cache_directory")))
    return CpuDevice(
        int(settings.get("threads")),
        str(settings.get("compiler")),
        cache,
        int(settings.get("cache_limit")),
        quick_start=bool(settings.get("quick_start")),
    )


def why_no_gpu(settings: Settings) -> str | None:
    """Return why queries run on the cpu although a GPU would be taken, if that is so."""
    if settings.get("device") != "auto":
        return None
    try:
        open_cuda(settings)
    except NoGpuError as error:
        return str(error)
    return None
