"""The machine's GPU: what is said where there is none, and queries through a CuPy that is faked."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType

import pytest

import gpudb
from gpudb.devices import choose, cuda
from gpudb.devices.driver import Driver, NoGpuError
from gpudb.devices.gpu import GpuInfo
from gpudb.kernels import shared_builds
from tests.plain.devices.fake_cupy import Cuda, fake_cupy

QUERIES = (
    "SELECT i, t FROM numbers WHERE i % 3 = 0",
    "SELECT sum(i), min(f), max(t), count(*) FROM numbers",
    "SELECT t, count(*), sum(i) FROM numbers GROUP BY t ORDER BY t",
    "SELECT i FROM numbers ORDER BY f DESC LIMIT 3",
    "SELECT a.i, b.t FROM numbers a JOIN numbers b ON a.i = b.i + 1",
)
ROWS = (
    "VALUES (1, 'a', 0.5), (2, 'b', NULL), (3, NULL, -1.5), (4, 'a', 8), (5, 'c', 2), (6, 'c', 3)"
)

Machine = Callable[[Driver | None, ModuleType | Exception], None]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Pretend that this machine has a driver, or none, and CuPy, or an error in its place."""

    def pretend(driver: Driver | None, cupy: ModuleType | Exception) -> None:
        monkeypatch.setattr("gpudb.devices.cuda.find_driver", lambda: driver)
        monkeypatch.setattr("gpudb.opening.find_driver", lambda: driver)
        load = importlib.import_module

        def import_module(name: str, package: str | None = None) -> ModuleType:
            if name != "cupy":
                return load(name, package)
            if isinstance(cupy, Exception):
                raise cupy
            return cupy

        monkeypatch.setattr("gpudb.devices.cuda.importlib.import_module", import_module)

    cuda.open_gpu.cache_clear()
    yield pretend
    cuda.open_gpu.cache_clear()
    choose.memory_of.cache_clear()


MISSING = ModuleNotFoundError("No module named 'cupy'")
BROKEN = ImportError("libnvrtc.so.13: cannot open shared object file")


@pytest.mark.parametrize(
    ("driver", "cupy", "said"),
    [
        (None, MISSING, "no NVIDIA driver was found .*: install one of version 525 or newer"),
        (Driver(11_080, 1), MISSING, "runs CUDA 11.8, and gpudb needs 12.0: install a driver of"),
        (Driver(13_000, 0), MISSING, "was found, but it sees no GPU"),
        (Driver(12_040, 1), MISSING, r"CUDA 12.4 was found, but not CuPy: .*engine\[cuda12\]'"),
        (Driver(13_000, 1), MISSING, r"CUDA 13.0 was found, but not CuPy: .*engine\[cuda13\]'"),
        (Driver(13_000, 1), BROKEN, r"CuPy cannot be imported \(libnvrtc"),
        (
            Driver(12_080, 1),
            fake_cupy(),
            r"made for CUDA 13 and .* runs 12.8: pip uninstall cupy-c",
        ),
        (Driver(13_000, 1), fake_cupy(capability=(6, 1)), "Paper 9000 has compute capability 6.1"),
        (Driver(13_000, 1), fake_cupy(free_bytes=99 << 20), "99 MiB of memory free, .* needs 256"),
        (Driver(13_000, 1), fake_cupy(is_stuck=True), r"no context on GPU 0 \(CUDA_ERROR_.*-smi"),
    ],
)
def test_one_sentence_says_why_there_is_no_gpu(
    machine: Machine, driver: Driver | None, cupy: ModuleType | Exception, said: str
) -> None:
    machine(driver, cupy)
    with gpudb.connect(device="cuda") as connection:
        with pytest.raises(gpudb.OperationalError, match=f"^device 'cuda': .*{said}"):
            connection.execute("SELECT 1")
        connection.execute("SET device = 'auto'")
        assert connection.execute("SELECT 1").fetchall() == [(1,)]
        shown = connection.execute("SHOW DEVICE").fetchall()[0]
        assert shown[0] == "cpu"
        assert shown[5] in str(NoGpuError(shown[5]))
        assert "\n" not in shown[5]


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_queries_run_through_the_drivers_calls(machine: Machine, device: str) -> None:
    cupy = fake_cupy()
    machine(Driver(13_000, 1), cupy)
    made = gpudb.connect(device=device, launch_grid=3, launch_block=32, chunk_rows=2)
    with made as connection, gpudb.connect(device="cpu") as other:
        for each in (connection, other):
            each.execute(f"CREATE TABLE numbers AS SELECT * FROM ({ROWS}) v(i, t, f)")
        for query in QUERIES:
            wanted = other.execute(query).fetchall()
            assert connection.execute(query).fetchall() == wanted, query
        with pytest.raises(gpudb.DataError, match="division by zero"):
            connection.execute("SELECT 1 / (i - 3) FROM numbers").fetchall()
        with connection.gpu_memory().timing() as times:
            connection.execute("SELECT max(i + 1) FROM numbers").fetchall()
        assert times.launch_seconds > 0
        shown = connection.execute("SHOW DEVICE").fetchall()[0]
        assert shown == ("cuda", 96, "Paper 9000", 1 << 34, "9.0", "CUDA 13.0")
    assert cupy.cuda.gpu.log.count("launch") > len(QUERIES)


@pytest.fixture
def faulting(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cuda]:
    """A GPU that is reset as the driver does."""
    cupy = fake_cupy()
    machine(Driver(13_000, 1), cupy)
    monkeypatch.setattr("gpudb.devices.cuda.reset_context", lambda _: cupy.cuda.reset())
    yield cupy.cuda


def test_after_a_fault_the_context_is_another(faulting: Cuda) -> None:
    """What the old one's pool gets back is memory no more, and no query may be given it."""
    query = "SELECT i, count(*), sum(f) FROM numbers WHERE i > 1 GROUP BY i ORDER BY i"
    wanted = [(2, 1, None), (3, 1, -1.5), (4, 1, 8.0), (5, 1, 2.0), (6, 1, 3.0)]
    with (
        gpudb.connect(device="cuda", launch_grid=3, launch_block=32) as connection,
        gpudb.connect(device="cuda", launch_grid=3, launch_block=32) as other,
    ):
        for each in (connection, other):
            each.execute(f"CREATE TABLE numbers AS SELECT * FROM ({ROWS}) v(i, t, f)")
            assert each.execute(query).fetchall() == wanted
        for _ in range(2):
            faulting.faults_next = True
            said = r"pipeline 0 \(numbers -> Group\): a kernel failed on Paper 9000: CUDA_ERROR_ILL"
            with pytest.raises(gpudb.errors.DeviceFaultError, match=said):
                connection.execute(query).fetchall()
            for each in (connection, other):
                assert each.execute(query).fetchall() == wanted


def test_where_no_other_context_can_be_the_cpu_goes_on(
    faulting: Cuda, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpudb.devices.cuda.reset_context", lambda _: None)
    with gpudb.connect(device="auto", launch_grid=3, launch_block=32) as connection:
        connection.execute(f"CREATE TABLE numbers AS SELECT * FROM ({ROWS}) v(i, t, f)")
        faulting.faults_next = True
        said = "makes no other context in this process: SET device = 'cpu'"
        for query in ("SELECT sum(i) FROM numbers", "SELECT sum(i + 7) FROM numbers"):
            with pytest.raises(gpudb.errors.DeviceFaultError, match=said):
                connection.execute(query).fetchall()
        connection.execute("SET device = 'cpu'")
        assert connection.execute("SELECT sum(i) FROM numbers").fetchall() == [(21,)]
        # A connection that is opened now finds out by itself.
        with gpudb.connect(device="auto") as later:
            assert later.execute("SELECT 6 * 7").fetchall() == [(42,)]
            shown = later.execute("SHOW DEVICE").fetchall()[0]
        assert shown[0] == "cpu" and "a first launch failed" in str(shown[5])


@pytest.mark.parametrize(
    ("keys", "by"), [("i", "argsort"), ("t, CAST(f AS DOUBLE) DESC", "lexsort")]
)
def test_sorts_run_by_what_cupy_has_compiled(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, keys: str, by: str
) -> None:
    cupy = fake_cupy()
    machine(Driver(13_000, 1), cupy)
    monkeypatch.setattr(shared_builds, "LEAST_ROWS", 1)
    sorts: list[str] = []
    for name in ("argsort", "lexsort"):
        sort = getattr(cupy.cuda.thrust, name)
        setattr(cupy.cuda.thrust, name, partial(noted_call, sorts, name, sort))
    query = f"SELECT i FROM numbers WHERE i <> 3 ORDER BY {keys}"
    with gpudb.connect(device="cuda", launch_grid=3, launch_block=32) as connection:
        connection.execute(f"CREATE TABLE numbers AS SELECT * FROM ({ROWS}) v(i, t, f)")
        found = connection.execute(query).fetchall()
        connection.execute("SET device = 'cpu'")
        assert found == connection.execute(query).fetchall()
    assert sorts == [by]


def noted_call(
    noted: list[str], name: str, function: Callable[..., object], *given: object
) -> object:
    """Note that a function is called, and call it."""
    noted.append(name)
    return function(*given)


@pytest.mark.parametrize(
    ("architecture", "shape"),
    [("sm_75", (40 * 4, 256)), ("sm_86", (40 * 6, 256)), ("sm_90", (40 * 8, 256))],
)
def test_a_launch_fills_every_multiprocessor(architecture: str, shape: tuple[int, int]) -> None:
    info = GpuInfo("", 1 << 30, architecture, "", 1 << 20, multiprocessors=40)
    assert choose.full_shape(info) == shape


def test_a_gpu_that_cannot_add_is_not_used(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(Driver(13_000, 1), fake_cupy())
    wrong = choose.PROBE.replace("sums, 0, row", "sums, 0, 1")
    monkeypatch.setattr(choose, "PROBE", wrong)
    with gpudb.connect() as connection:
        shown = connection.execute("SHOW DEVICE").fetchall()[0]
    assert shown[0] == "cpu"
    assert shown[5] == "Paper 9000 was found, but it cannot add: 10000"
