"""Words of CPUs that put chosen lanes together: flags become a list of places, 32 rows at once.

    keep       0 1 0 0 1 1 0 ...      32 flags, those outside of begin to end left out
    places     0 1 2 3 4 5 6 ...      int16
    compress   1 4 5 ...              behind what is listed already; what follows is written over

Elsewhere, and for other compilers, the library's functions of the same names do so in loops.
"""

from __future__ import annotations

from gpudb.compiler.language import Pointer, Source, ValueType
from gpudb.compiler.target import Target
from gpudb.compiler.tree import Function
from gpudb.compiler.words import NO_WORDS, Types, Word, Words

# The feature of x86 that puts lanes of 16 bits together.
COMPRESSING = "+avx512vbmi2"
LANES = 32
LISTED = "int16"
HEAD = f"""  %first = and i64 {{begin}}, -{LANES}
  br label %next
next:
  %at = phi i64 [%first, %entry], [%following, %some]
  %kept = phi i64 [0, %entry], [%more, %some]
  %goes = icmp slt i64 %at, {{end}}
  br i1 %goes, label %some, label %done
some:
{{bases}}
  %places = add <{LANES} x i16> %bases, <{", ".join(f"i16 {lane}" for lane in range(LANES))}>
  %after = icmp sge <{LANES} x i16> %places, %begins
  %before = icmp slt <{LANES} x i16> %places, %ends
  %own = and <{LANES} x i1> %after, %before"""
TAIL = f"""  %together = call <{LANES} x i16> @llvm.experimental.vector.compress.v{LANES}i16(
    <{LANES} x i16> %places, <{LANES} x i1> {{mask}}, <{LANES} x i16> zeroinitializer)
  %to = getelementptr i16, ptr {{listed}}, i64 %kept
  store <{LANES} x i16> %together, ptr %to, align 2
  %bits = bitcast <{LANES} x i1> {{mask}} to i{LANES}
  %wide = zext i{LANES} %bits to i64
  %count = call i64 @llvm.ctpop.i64(i64 %wide)
  %more = add i64 %kept, %count
  %following = add i64 %at, {LANES}
  br label %next
done:
  ret i64 %kept"""


def host_words(target: Target) -> Words:
    """Return the words that a CPU has instructions for."""
    if COMPRESSING not in target.features.split(","):
        return NO_WORDS
    results = {name: word.typing for name, word in HOST_WORDS.items()}
    return Words(results, Source("host", (), {}, {}), {})


def write_host_word(function: Function) -> str:
    """Return the definition of a word for the types that it is used with."""
    kinds = ("ptr" if isinstance(kind, Pointer) else "i64" for _, kind in function.parameters)
    parameters = ", ".join(f"{kind} %a{index}" for index, kind in enumerate(kinds))
    head = f'define internal i64 @"{function.name}"({parameters}) alwaysinline nounwind'
    body = "\n".join(HOST_WORDS[function.title].write(function))
    return f"{head} {{\nentry:\n{body}\n}}\n"


def _typing(given: Types) -> ValueType | str | None:
    match given:
        case (*flags, ValueType.INT, ValueType.INT, Pointer(element=element)):
            are_flags = all(isinstance(f, Pointer) and f.loaded is ValueType.INT for f in flags)
            if flags and are_flags and element == LISTED:
                return ValueType.INT
    return f"takes buffers of integers, where to begin and to end, and a buffer of {LISTED}"


def _list_kept(function: Function) -> list[str]:
    """Write a loop over 32 rows at a time, whose numbers `begin` and `end` have less than 15 bits.

    It reads and writes whole groups of 32: buffers of flags have no part of one, and what is listed
    has room for one more.
    """
    *flags, begin, end, listed = (f"%a{index}" for index in range(len(function.parameters)))
    lines = [*_splat("begins", begin), *_splat("ends", end)]
    lines.append(HEAD.format(begin=begin, end=end, bases="\n".join(_splat("bases", "%at"))))
    mask = "%own"
    for index, name in enumerate(flags):
        kind = function.parameters[index][1]
        assert isinstance(kind, Pointer)
        element = f"i{kind.element.lstrip('uint')}"
        lines += [
            f"  %from{index} = getelementptr {element}, ptr {name}, i64 %at",
            f"  %flags{index} = load <{LANES} x {element}>, ptr %from{index}, align 1",
            f"  %set{index} = icmp ne <{LANES} x {element}> %flags{index}, zeroinitializer",
            f"  %mask{index} = and <{LANES} x i1> {mask}, %set{index}",
        ]
        mask = f"%mask{index}"
    return [*lines, TAIL.format(mask=mask, listed=listed)]


def _splat(name: str, value: str) -> list[str]:
    """Write a vector of the lowest 16 bits of a number."""
    vector = f"<{LANES} x i16>"
    return [
        f"  %{name}.narrow = trunc i64 {value} to i16",
        f"  %{name}.first = insertelement {vector} poison, i16 %{name}.narrow, i64 0",
        f"  %{name} = shufflevector {vector} %{name}.first, {vector} poison, "
        f"<{LANES} x i32> zeroinitializer",
    ]


HOST_WORDS: dict[str, Word] = {
    name: Word(_typing, _list_kept)
    for name in ("list_kept", "list_few", "list_kept_of_both", "list_few_of_both")
}
