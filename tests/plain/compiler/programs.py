"""Random programs of the kernel language: typed, nested, and sure to end."""

from __future__ import annotations

import random

import numpy as np

from gpudb.compiler.compiled import CompiledProgram
from gpudb.compiler.language import ELEMENTS, Entry, Pointer, Program, ValueType

INT, FLOAT, BOOL, WIDE = ValueType.INT, ValueType.FLOAT, ValueType.BOOL, ValueType.WIDE
BUFFER_ROWS = 16
INTERESTING = (0, 1, -1, 2, 7, -8, 63, 64, 65, 255, -129, 2**31, -(2**31) - 1, 2**62, 2**63 - 1)
FLOATS = ("0.0", "-0.0", "0.5", "-1.5", "2.5", "1e300", "-1e19", "3.0", "1e-320")
LIBRARY = """
def clamp(x, low, high):
    return min(max(x, low), high)
def pick(buffer, index):
    return buffer[index & 15]
def put(buffer, index, value):
    buffer[index & 15] = value
    return index + 1
def sum_to(end):
    total = 0
    for i in range(0, end & 31, 3):
        if i == 21:
            break
        total += i
    return total
def digits(x):
    count = 0
    while x != 0:
        x = quotient(x, 10)
        count += 1
    return count
"""
_INT_BINARY = ("+", "-", "*", "//", "%", "<<", ">>", "&", "|", "^")
_INT_CALLS = ("quotient", "remainder", "logical_shift_right", "min", "max")
_BOOL_CALLS = ("add_overflows", "subtract_overflows", "multiply_overflows")
_WIDE_CALLS = ("wide_add", "wide_subtract", "wide_multiply", "wide_quotient", "wide_remainder")
_COMPARE = ("<", "<=", ">", ">=", "==", "!=")


class Generator:
    """Writes one random program; the same seed gives the same one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.depth = 1
        self.count = 0
        self.loops = 0
        self.known: dict[ValueType, list[str]] = {kind: [] for kind in ValueType}
        names = [*ELEMENTS]
        self.buffers = {f"{name}_values": name for name in names}

    def program(self) -> Program:
        """Write the program."""
        parameters: list[tuple[str, ValueType | Pointer]] = [("first", INT), ("end", INT)]
        parameters += [(name, Pointer(element)) for name, element in self.buffers.items()]
        parameters += [("n", INT), ("x", FLOAT), ("flag", BOOL)]
        self.known = {INT: ["first", "end", "n"], FLOAT: ["x"], BOOL: ["flag"], WIDE: []}
        self.line("total = 0")
        self.known[INT].append("total")
        self.block(self.random.randint(4, 9))
        self.line(f"return {self.expression(INT, 2)}")
        head = f"def kernel({', '.join(name for name, _ in parameters)}):"
        text = "\n".join([head, *self.lines])
        return Program(text, LIBRARY, (Entry("kernel", tuple(parameters)),))

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    # Expressions

    def expression(self, kind: ValueType, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf(kind)
        if self.random.random() < 0.1:
            test, a, b = (self.expression(k, depth - 1) for k in (BOOL, kind, kind))
            return f"({a} if {test} else {b})"
        return getattr(self, f"{kind.value}_expression")(depth - 1)  # type: ignore[no-any-return]

    def leaf(self, kind: ValueType) -> str:
        known = self.known[kind]
        if known and self.random.random() < 0.7:
            return self.random.choice(known)
        if kind is INT:
            return str(self.random.choice(INTERESTING))
        if kind is FLOAT:
            return self.one(*FLOATS)
        return self.one("True", "False") if kind is BOOL else f"wide({self.leaf(INT)})"

    def load(self, kind: ValueType, depth: int) -> str:
        names = [n for n, element in self.buffers.items() if ELEMENTS[element] is kind]
        index = self.expression(INT, depth)
        name = self.random.choice(names)
        return self.one(f"{name}[({index}) & {BUFFER_ROWS - 1}]", f"pick({name}, {index})")

    def int_expression(self, depth: int) -> str:
        a, b = self.expression(INT, depth), self.expression(INT, depth)
        match self.random.randrange(12):
            case 0 | 1 | 2 | 3:
                return f"({a} {self.one(*_INT_BINARY)} {b})"
            case 4:
                return f"{self.one(*_INT_CALLS)}({a}, {b})"
            case 5:
                return self.one(f"(-{a})", f"(~{a})", f"abs({a})", f"mix({a})")
            case 6:
                return self.one(f"population_count({a})", f"trailing_zeros({a})", f"digits({a})")
            case 7:
                return f"int({self.expression(FLOAT, depth)})"
            case 8:
                return f"int({self.expression(BOOL, depth)})"
            case 9:
                wide = self.expression(WIDE, depth)
                return self.one(f"wide_high({wide})", f"narrow({wide})")
            case 10:
                return self.one(f"clamp({a}, {b}, 100)", f"sum_to({a})", f"float_bits(float({a}))")
        return self.load(INT, depth)

    def float_expression(self, depth: int) -> str:
        a, b = self.expression(FLOAT, depth), self.expression(FLOAT, depth)
        match self.random.randrange(8):
            case 0 | 1 | 2:
                return f"({a} {self.one('+', '-', '*', '/')} {b})"
            case 3:
                return f"{self.one('min', 'max', 'pow', 'atan2', 'fmod')}({a}, {b})"
            case 4:
                name = self.one("sqrt", "floor", "ceil", "rint", "abs", "log", "exp", "sin", "-")
                return f"({name}({a}))"
            case 5:
                return f"({a} {self.one('+', '*')} {self.expression(INT, depth)})"
            case 6:
                return self.one(
                    f"wide_float({self.expression(WIDE, depth)})", f"clamp({a}, {b}, 1)"
                )
        return self.load(FLOAT, depth)

    def bool_expression(self, depth: int) -> str:
        kind = self.random.choice((INT, INT, FLOAT))
        a, b = self.expression(kind, depth), self.expression(kind, depth)
        match self.random.randrange(7):
            case 0 | 1:
                return f"({a} {self.one(*_COMPARE)} {b})"
            case 2:
                p, q = self.expression(BOOL, depth), self.expression(BOOL, depth)
                return f"({p} {self.one('and', 'or', '&', '^')} {q})"
            case 3:
                return f"(not {self.expression(BOOL, depth)})"
            case 4:
                a, b = self.expression(INT, depth), self.expression(INT, depth)
                return f"{self.one(*_BOOL_CALLS)}({a}, {b})"
            case 5:
                return self.one(f"isnan({self.expression(FLOAT, depth)})", f"bool({a})")
        c, d = self.expression(WIDE, depth), self.expression(WIDE, depth)
        return self.one(f"wide_less({c}, {d})", f"wide_equal({c}, {d})", f"wide_fits({c})")

    def wide_expression(self, depth: int) -> str:
        a, b = self.expression(WIDE, depth), self.expression(WIDE, depth)
        c, d = self.expression(INT, depth), self.expression(INT, depth)
        return self.one(
            f"{self.one(*_WIDE_CALLS)}({a}, {self.one(b, c)})",
            f"wide_of({c}, {d})",
            f"wide_negate({a})",
            f"wide_multiply({c}, {d})",
        )

    # Statements

    def block(self, statements: int) -> None:
        """Write statements; what they name first is unknown after the block."""
        before = {kind: list(names) for kind, names in self.known.items()}
        for _ in range(statements):
            self.statement()
        self.known = before

    def inside(self, head: str, statements: int) -> None:
        self.line(head)
        self.depth += 1
        self.block(statements)
        self.depth -= 1

    def statement(self) -> None:
        kind = self.random.choice((INT, INT, FLOAT, BOOL, WIDE))
        match self.random.randrange(10 if self.depth < 4 else 6):
            case 0 | 1:
                name = self.name()
                self.line(f"{name} = {self.expression(kind, 3)}")
                self.known[kind].append(name)
            case 2:
                self.line(f"total {self.one('+=', '^=', '-=', '*=')} {self.expression(INT, 2)}")
            case 3:
                self.store()
            case 4:
                self.reassign(kind)
            case 5:
                self.jump()
            case 6:
                self.inside(f"if {self.expression(BOOL, 2)}:", self.random.randint(1, 3))
                if self.random.random() < 0.5:
                    self.inside("else:", self.random.randint(1, 3))
            case 7 | 8:
                self.for_loop()
            case 9:
                self.while_loop()

    def store(self) -> None:
        name, element = self.random.choice(list(self.buffers.items()))
        kind = ELEMENTS[element]
        index, value = self.expression(INT, 1), self.expression(kind, 2)
        place = f"{name}[({index}) & {BUFFER_ROWS - 1}]"
        self.line(
            self.one(
                f"{place} = {value}", f"{place} += {value}", f"total = put({name}, total, {value})"
            )
        )

    def reassign(self, kind: ValueType) -> None:
        names = [name for name in self.known[kind] if name.startswith("v")]
        self.line(f"{self.random.choice(names)} = {self.expression(kind, 2)}" if names else "pass")

    def jump(self) -> None:
        test = self.expression(BOOL, 2)
        choices = ["continue", "break"] if self.loops else []
        choices.append(f"return {self.expression(INT, 1)}")
        self.inside_text(f"if {test} and {self.expression(BOOL, 1)}:", self.random.choice(choices))

    def inside_text(self, head: str, text: str) -> None:
        self.line(head)
        self.depth += 1
        self.line(text)
        self.depth -= 1

    def for_loop(self) -> None:
        name, first = self.name(), self.random.randint(-3, 3)
        step = self.random.choice(("", "", ", 1", ", 2", ", 5", f", {self.leaf(INT)}"))
        end = f"{first} + ({self.expression(INT, 1)} & 7)"
        self.known[INT].append(name)
        self.loops += 1
        self.inside(f"for {name} in range({first}, {end}{step}):", self.random.randint(1, 4))
        self.loops -= 1
        self.known[INT].remove(name)

    def while_loop(self) -> None:
        name = f"w{self.name()}"
        self.line(f"{name} = {self.random.randint(0, 6)}")
        self.known[INT].append(name)
        self.loops += 1
        self.line(f"while {name} > 0 and {self.expression(BOOL, 1)}:")
        self.depth += 1
        self.line(f"{name} -= 1")
        self.block(self.random.randint(1, 3))
        self.depth -= 1
        self.loops -= 1


def arguments_of(seed: int) -> list[np.ndarray | int | float | bool]:
    """Return random arguments for a generated program: fresh buffers, n, x and flag."""
    source = np.random.default_rng(seed)
    buffers: list[np.ndarray | int | float | bool] = []
    for element in ELEMENTS:
        if ELEMENTS[element] is FLOAT:
            values = source.normal(0, 1000, BUFFER_ROWS)
            values[:4] = [np.nan, np.inf, -0.0, 1e30]
            buffers.append(values.astype(element))
        else:
            info = np.iinfo(element)
            values = source.integers(info.min, info.max, BUFFER_ROWS, dtype=element, endpoint=True)
            values[:2] = [info.min, info.max]
            buffers.append(values)
    return [*buffers, int(source.integers(-100, 100)), float(source.normal()), bool(seed % 2)]


def outcome(compiled: CompiledProgram, seed: int) -> tuple[int, list[np.ndarray]]:
    """Run a generated program; return its result and its buffers afterwards, NaNs made one."""
    arguments = arguments_of(seed)
    result = compiled.call("kernel", [3, 9, *arguments])
    buffers = [argument for argument in arguments if isinstance(argument, np.ndarray)]
    return result, buffers


def assert_same(first: CompiledProgram, second: CompiledProgram, seed: int) -> None:
    """Compare what two back ends do with a generated program."""
    wanted, wanted_buffers = outcome(first, seed)
    found, found_buffers = outcome(second, seed)
    text = f"seed {seed}\n{first.program.text}"
    assert found == wanted, text
    for before, after in zip(wanted_buffers, found_buffers, strict=True):
        assert np.array_equal(before, after, equal_nan=before.dtype.kind == "f"), text
        if before.dtype.kind == "f":
            numbers = ~np.isnan(before)
            assert np.array_equal(np.signbit(before)[numbers], np.signbit(after)[numbers]), text
