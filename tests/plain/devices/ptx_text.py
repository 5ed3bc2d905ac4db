"""Short kernels in PTX, written by hand."""

from __future__ import annotations

HEAD = ".version 8.0\n.target sm_75\n.address_size 64\n"
REGISTERS = """
.reg .pred %p<10>;
.reg .b16 %h<10>;
.reg .b32 %r<20>;
.reg .b64 %q<20>;
.reg .f32 %f<10>;
.reg .f64 %d<10>;
"""


def kernel(body: str, *, outside: str = "", pointers: int = 1) -> str:
    """Return a module with a kernel `main` of pointers, loaded to %q0, %q1 ..."""
    names = [f"main_{index}" for index in range(pointers)]
    parameters = ", ".join(f".param .u64 {name}" for name in names)
    loads = "\n".join(f"ld.param.u64 %q{i}, [{name}];" for i, name in enumerate(names))
    entry = f".visible .entry main({parameters})\n{{\n{REGISTERS}\n{loads}\n{body}\nret;\n}}\n"
    return f"{HEAD}{outside}\n{entry}"


# %q1 is the place of this thread's 64-bit word; %r0 its index in the block.
OWN_WORD = "mov.u32 %r0, %tid.x; mul.wide.u32 %q2, %r0, 8; add.s64 %q1, %q0, %q2;"
