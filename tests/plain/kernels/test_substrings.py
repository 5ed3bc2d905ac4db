"""Parts are found in all strings at once, where Python finds them."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from gpudb.devices.cpu import CpuDevice
from gpudb.devices.device import Device
from gpudb.devices.python import PythonDevice
from gpudb.kernels import substrings
from gpudb.kernels.fixed import FixedKernels
from gpudb.kernels.substrings import has_part


@pytest.mark.parametrize("device", [CpuDevice(1), PythonDevice()], ids=lambda d: d.name)
@pytest.mark.parametrize("part", ["a", "ab", "aba", "abcab", "é", "aé", "c" * 40, "", "zz"])
def test_parts_are_found(device: Device, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(substrings, "LEAST_BYTES", 0)
    random.seed(part)
    strings = ["".join(random.choices("abcé", k=random.randrange(12))) for _ in range(900)]
    strings += ["c" * n for n in range(38, 43)] + ["", "ab", "", "ac" * 300, "a"]
    array = pa.array(strings, pa.large_string())
    for begin, end in ((0, len(array)), (7, len(array) - 1), (3, 3), (5, 6)):
        found = has_part(array.slice(begin, end - begin), part, FixedKernels(device))
        if len(part.encode()) > 1:
            assert found is not None
            assert found.to_pylist() == [part in s for s in strings[begin:end]]
        else:
            assert found is None


def test_few_bytes_are_left_to_arrow() -> None:
    assert has_part(pa.array(["ab"], pa.large_string()), "a", FixedKernels(CpuDevice(1))) is None
