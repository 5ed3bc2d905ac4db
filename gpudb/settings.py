"""What a user may set, as one list: names, types, defaults, meanings; and one connection's values.

`SET name = value`, `SHOW name` and the keyword arguments of `gpudb.connect` all go through a
`Settings` object, so a value is checked the same way wherever it comes from.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from gpudb.errors import ProgrammingError
from gpudb.name_lists import joined_names, split_names
from gpudb.records import dataclass

Value = str | int | bool
BYTE_UNITS = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
    "tib": 1 << 40,
}
BYTE_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)
SWITCH_WORDS = {
    **dict.fromkeys(("true", "on", "yes", "1"), True),
    **dict.fromkeys(("false", "off", "no", "0"), False),
}
MEMORY_SHARE = 0.6
MIN_MEMORY_BYTES = 1 << 20
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
LASTING_TEMP = Path("/var/tmp")


@dataclass(frozen=True, slots=True)
class SettingType:
    """How a setting's values are read and shown.

    `read` raises ValueError where a value does not fit; `expected` says in words what would.
    """

    name: str
    expected: str
    read: Callable[[object], Value]
    show: Callable[[Value], str] = str


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of `SETTINGS`. `default` is computed when a connection is made."""

    name: str
    type: SettingType
    default: Callable[[], Value]
    description: str


def choice(*words: str) -> SettingType:
    """Return the type of settings that take one of `words`."""

    def read(value: object) -> str:
        word = str(value).strip().lower()
        if word not in words:
            raise ValueError(word)
        return word

    return SettingType("choice", "one of " + ", ".join(words), read)


def count(least: int = 1, most: int | None = None) -> SettingType:
    """Return the type of settings that take a whole number from `least` on, to `most` if given."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError(value)
        number = int(value)
        if number < least or (most is not None and number > most):
            raise ValueError(value)
        return number

    end = "on" if most is None else f"to {most}"
    return SettingType("count", f"a whole number from {least} {end}", read)


def read_bytes(value: object) -> int:
    """Return the bytes that `value` means: a whole number, or text such as '4GB' or '1.5 GiB'."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(value)
    match = BYTE_SIZE.fullmatch(str(value))
    unit = match and BYTE_UNITS.get((match[2] or "b").lower())
    if match is None or unit is None:
        raise ValueError(value)
    whole, _, fraction = match[1].partition(".")
    divisor: int = 10 ** len(fraction)
    size_bytes = int(whole + fraction) * unit // divisor
    if size_bytes < MIN_MEMORY_BYTES:
        raise ValueError(value)
    return size_bytes


def show_bytes(value: Value) -> str:
    """Return `value` bytes in the largest binary unit that leaves at least one.

    >>> show_bytes(3 << 29), show_bytes(1 << 20)
    ('1.5 GiB', '1 MiB')
    """
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        size = int(value) / BYTE_UNITS[unit.lower()]
        if size >= 1:
            return f"{size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{value} B"


def read_folder(value: object) -> str:
    """Return `value`, a path, with `~` expanded."""
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise ValueError(value)
    return str(Path(value).expanduser())


def read_switch(value: object) -> bool:
    """Return whether `value` means on: a bool, or a word such as 'on' or 'false'."""
    if isinstance(value, bool):
        return value
    word = SWITCH_WORDS.get(str(value).strip().lower())
    if word is None:
        raise ValueError(value)
    return word


def show_switch(value: Value) -> str:
    """Return 'on' or 'off'."""
    return "on" if value else "off"


def read_schemas(value: object) -> str:
    """Return a list of names as text, each in quotes where it needs them."""
    names = split_names(value) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(n, str) and n for n in names):
        raise ValueError(value)
    return joined_names(names)


BYTES = SettingType("bytes", "a size of at least 1 MiB such as '4GB'", read_bytes, show_bytes)
BYTES_OR_NONE = SettingType(
    "bytes",
    "0, or a size of at least 1 MiB such as '4GB'",
    lambda value: 0 if str(value).strip() == "0" else read_bytes(value),
    show_bytes,
)
FOLDER = SettingType("folder", "the path of a folder", read_folder)
SCHEMAS = SettingType("schemas", "names of schemas, with commas between them", read_schemas)
SWITCH = SettingType("switch", "on or off", read_switch, show_switch)


def usable_cores() -> int:
    """Return the number of cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_memory_bytes() -> int:
    """Return the machine's memory, or its container's where that is less."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = CGROUP_LIMIT.read_text().strip()
    except OSError:
        return memory
    return min(memory, int(limit)) if limit.isdigit() else memory


def default_memory_limit() -> int:
    """Return the share of the memory that columns and arrays take by default, in bytes."""
    return max(MIN_MEMORY_BYTES, int(usable_memory_bytes() * MEMORY_SHARE))


def default_cache_directory() -> str:
    """Return gpudb's folder in the user's cache folder (XDG base directories)."""
    return str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gpudb")


def default_temp_directory() -> str:
    """Return a folder for temporary files on disk: /tmp is memory on many systems."""
    if LASTING_TEMP.is_dir() and os.access(LASTING_TEMP, os.W_OK):
        return str(LASTING_TEMP)
    return tempfile.gettempdir()


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "device",
        choice("auto", "cpu", "cuda", "emulated", "python"),
        lambda: "auto",
        "where queries run: auto takes cuda, a GPU, if one works, else the cpu; emulated is a GPU "
        "on paper, python the slow reference",
    ),
    Setting("threads", count(), usable_cores, "how many threads a query uses"),
    Setting(
        "memory_limit",
        BYTES,
        default_memory_limit,
        "how many bytes columns in memory and what queries hold take together; past it the least "
        "recently used columns go, and then queries use temp_directory",
    ),
    Setting(
        "temp_directory",
        FOLDER,
        default_temp_directory,
        "where queries put what they hold past memory_limit, in files without a name",
    ),
    Setting("chunk_rows", count(), lambda: 1 << 20, "rows of a chunk in tables made from now on"),
    Setting("morsel_rows", count(), lambda: 1 << 19, "rows that a thread takes at a time"),
    Setting(
        "compiler",
        choice("llvm", "numba"),
        lambda: "llvm",
        "what compiles the kernels for the cpu: gpudb's own compiler, or Numba as a second opinion",
    ),
    Setting(
        "quick_start",
        SWITCH,
        lambda: True,
        "run new kernels on the cpu before their code is as good as it gets, which is made "
        "meanwhile; off makes queries wait for it",
    ),
    Setting(
        "gpu_memory_limit",
        BYTES_OR_NONE,
        lambda: 0,
        "how many bytes of GPU memory all connections use together; 0 is most of what there is",
    ),
    Setting(
        "cpu_retry",
        SWITCH,
        lambda: False,
        "run what needs too much GPU memory on the cpu, with a warning, instead of failing",
    ),
    Setting(
        "gpus",
        count(0, 64),
        lambda: 0,
        "how many GPUs queries run on; 0 is all there are, and one on paper",
    ),
    Setting("launch_grid", count(0), lambda: 0, "blocks of a GPU's launch; 0 lets gpudb choose"),
    Setting(
        "launch_block",
        count(0, 1024),
        lambda: 0,
        "threads of a GPU's block; 0 lets gpudb choose",
    ),
    Setting("cache_directory", FOLDER, default_cache_directory, "where compiled kernels are kept"),
    Setting("cache_limit", BYTES, lambda: 1 << 30, "how many bytes of compiled kernels are kept"),
    Setting(
        "optimizer",
        SWITCH,
        lambda: True,
        "make plans cheaper; off runs queries nearly as they are written, for comparison",
    ),
    Setting(
        "search_path",
        SCHEMAS,
        lambda: "main",
        "the schemas in which bare names are looked up; tables are made in the first",
    ),
    Setting(
        "progress",
        SWITCH,
        lambda: True,
        "show a bar while long statements run, at a terminal and in notebooks",
    ),
    Setting(
        "replacement_scans",
        SWITCH,
        lambda: True,
        "let FROM name frames and Arrow data in the caller's variables",
    ),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}


class Settings:
    """The values of one connection. Reading an attribute is typed; assigning one checks the value.

    >>> settings = Settings(threads="4", memory_limit="2GB")
    >>> settings.threads, settings.memory_limit, settings.show("memory_limit")
    (4, 2000000000, '1.9 GiB')
    """

    device: str
    threads: int
    memory_limit: int
    temp_directory: str
    chunk_rows: int
    morsel_rows: int
    compiler: str
    quick_start: bool
    gpu_memory_limit: int
    cpu_retry: bool
    gpus: int
    launch_grid: int
    launch_block: int
    cache_directory: str
    cache_limit: int
    optimizer: bool
    search_path: str
    progress: bool
    replacement_scans: bool

    def __init__(self, **values: object) -> None:
        for setting in SETTINGS:
            object.__setattr__(self, setting.name, setting.default())
        for name, value in values.items():
            self.set(name, value)

    def __setattr__(self, name: str, value: object) -> None:
        self.set(name, value)

    def get(self, name: str) -> Value:
        """Return the value of setting `name`."""
        setting = BY_NAME.get(name) or setting_named(name)
        value: Value = getattr(self, setting.name)
        return value

    def set(self, name: str, value: object) -> None:
        """Give setting `name` a new value, read from text where it is text."""
        setting = setting_named(name)
        try:
            read = setting.type.read(value)
        except ValueError:
            raise ProgrammingError(
                f"setting {setting.name} takes {setting.type.expected}, not {value!r}"
            ) from None
        object.__setattr__(self, setting.name, read)

    def reset(self, name: str) -> None:
        """Give setting `name` its default again."""
        setting = setting_named(name)
        object.__setattr__(self, setting.name, setting.default())

    def show(self, name: str) -> str:
        """Return the value of setting `name` as SHOW prints it."""
        setting = setting_named(name)
        return setting.type.show(self.get(setting.name))

    def rows(self) -> list[tuple[str, str, str]]:
        """Return name, shown value and description of every setting, in the order of SETTINGS."""
        return [
            (setting.name, self.show(setting.name), setting.description) for setting in SETTINGS
        ]


def setting_named(name: str) -> Setting:
    """Return the setting called `name`, in any case; ProgrammingError with the nearest name."""
    setting = BY_NAME.get(name.lower())
    if setting is None:
        near = difflib.get_close_matches(name.lower(), BY_NAME, n=1)
        hint = f"did you mean {near[0]}?" if near else "the settings are " + ", ".join(BY_NAME)
        raise ProgrammingError(f"there is no setting {name}; {hint}")
    return setting
