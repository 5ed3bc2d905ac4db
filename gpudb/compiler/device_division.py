"""Division on a GPU without a call: its machine has no instruction for 64 bits, integer or float.

ptxas writes a subroutine for each, which a row loop shall not call. Doubles are divided as
mantissas between 1 and 2, by Newton's steps on the machine's own rough reciprocal and a last step
on the remainder (Markstein, Computation of elementary functions on the IBM RISC System/6000
processor, 1990), so the result is the IEEE 754 one; exponents are added to it afterwards. Integers
take quotients of doubles that are a little too small, twice, and the last unit by comparison.
"""

from __future__ import annotations

import re

_DIVIDED = re.compile(r"= fdiv double (\S+), (\S+)$", re.MULTILINE)

# 1 / %b for a %b between 1 and 2, rounded to the nearest: the steps miss the one %b whose
# reciprocal lies next to the middle of two numbers.
_RECIPROCAL = """
define internal double @gpudb.near_reciprocal(double %b) alwaysinline nounwind {
  %y0 = call double @llvm.nvvm.rcp.approx.ftz.d(double %b)
  %minus = fneg double %b
  %e0 = call double @llvm.fma.f64(double %minus, double %y0, double 1.0)
  %e1 = call double @llvm.fma.f64(double %e0, double %e0, double %e0)
  %y1 = call double @llvm.fma.f64(double %y0, double %e1, double %y0)
  %e2 = call double @llvm.fma.f64(double %minus, double %y1, double 1.0)
  %y2 = call double @llvm.fma.f64(double %y1, double %e2, double %y1)
  %is_last = fcmp oeq double %b, 0x3FFFFFFFFFFFFFFF
  %y3 = select i1 %is_last, double 0x3FE0000000000001, double %y2
  ret double %y3
}
"""

# A %scale of 2 ** 54 makes numbers of what is too small for an exponent of its own. The quotient
# of mantissas, above 1/2 and below 2, has the exponents' difference still to come: %apart.
_DIVIDE = """
define internal double @gpudb.divide(double %a, double %b) alwaysinline nounwind {
entry:
  %a.bits = bitcast double %a to i64
  %b.bits = bitcast double %b to i64
  %signs = xor i64 %a.bits, %b.bits
  %sign = and i64 %signs, -9223372036854775808
  %a.size = and i64 %a.bits, 9223372036854775807
  %b.size = and i64 %b.bits, 9223372036854775807
  %a.above = sub i64 %a.size, 4503599627370496
  %b.above = sub i64 %b.size, 4503599627370496
  %a.normal = icmp ult i64 %a.above, 9214364837600034816
  %b.normal = icmp ult i64 %b.above, 9214364837600034816
  %normal = and i1 %a.normal, %b.normal
  br i1 %normal, label %core, label %rare, !prof !0
rare:
  %a.rest = icmp ugt i64 %a.size, 9218868437227405311
  %b.rest = icmp ugt i64 %b.size, 9218868437227405311
  %a.zero = icmp eq i64 %a.size, 0
  %b.zero = icmp eq i64 %b.size, 0
  %odd1 = or i1 %a.rest, %b.rest
  %odd2 = or i1 %a.zero, %b.zero
  %odd = or i1 %odd1, %odd2
  br i1 %odd, label %special, label %tiny
special:
  %a.nan = fcmp uno double %a, %b
  %rests = and i1 %a.rest, %b.rest
  %zeros = and i1 %a.zero, %b.zero
  %nan1 = or i1 %rests, %zeros
  %nan = or i1 %nan1, %a.nan
  %grows = or i1 %a.rest, %b.zero
  %size1 = select i1 %grows, i64 9218868437227405312, i64 0
  %size2 = or i64 %size1, %sign
  %size = select i1 %nan, i64 9221120237041090560, i64 %size2
  %known = bitcast i64 %size to double
  ret double %known
tiny:
  %a.absolute = bitcast i64 %a.size to double
  %b.absolute = bitcast i64 %b.size to double
  %a.larger = fmul double %a.absolute, 0x4350000000000000
  %b.larger = fmul double %b.absolute, 0x4350000000000000
  %a.larger.bits = bitcast double %a.larger to i64
  %b.larger.bits = bitcast double %b.larger to i64
  %a.by = select i1 %a.normal, i64 0, i64 54
  %b.by = select i1 %b.normal, i64 0, i64 54
  %a.new = select i1 %a.normal, i64 %a.size, i64 %a.larger.bits
  %b.new = select i1 %b.normal, i64 %b.size, i64 %b.larger.bits
  %by = sub i64 %b.by, %a.by
  br label %core
core:
  %a.now = phi i64 [%a.size, %entry], [%a.new, %tiny]
  %b.now = phi i64 [%b.size, %entry], [%b.new, %tiny]
  %moved = phi i64 [0, %entry], [%by, %tiny]
  %a.exponent = lshr i64 %a.now, 52
  %b.exponent = lshr i64 %b.now, 52
  %apart1 = sub i64 %a.exponent, %b.exponent
  %apart = add i64 %apart1, %moved
  %a.fraction = and i64 %a.now, 4503599627370495
  %b.fraction = and i64 %b.now, 4503599627370495
  %a.mantissa = or i64 %a.fraction, 4607182418800017408
  %b.mantissa = or i64 %b.fraction, 4607182418800017408
  %m = bitcast i64 %a.mantissa to double
  %n = bitcast i64 %b.mantissa to double
  %y = call double @gpudb.near_reciprocal(double %n)
  %q0 = fmul double %m, %y
  %minus = fneg double %n
  %r0 = call double @llvm.fma.f64(double %minus, double %q0, double %m)
  %q = call double @llvm.fma.f64(double %r0, double %y, double %q0)
  %q.bits = bitcast double %q to i64
  %above = add i64 %apart, 1020
  %fits = icmp ult i64 %above, 2042
  br i1 %fits, label %usual, label %extreme, !prof !0
usual:
  %exponent = shl i64 %apart, 52
  %moved.bits = add i64 %q.bits, %exponent
  %signed = or i64 %moved.bits, %sign
  %result = bitcast i64 %signed to double
  ret double %result
extreme:
  %overflows = icmp sgt i64 %apart, 0
  br i1 %overflows, label %huge, label %small
huge:
  %most = call i64 @llvm.smin.i64(i64 %apart, i64 1100)
  %high.bits = add i64 %q.bits, 4503599627370496000
  %high = bitcast i64 %high.bits to double
  %last = add i64 %most, 23
  %last.bits = shl i64 %last, 52
  %factor = bitcast i64 %last.bits to double
  %large = fmul double %high, %factor
  %large.bits = bitcast double %large to i64
  %large.signed = or i64 %large.bits, %sign
  %larger = bitcast i64 %large.signed to double
  ret double %larger
small:
  %q.exponent = lshr i64 %q.bits, 52
  %new = add i64 %q.exponent, %apart
  %still = icmp sgt i64 %new, 0
  br i1 %still, label %usual, label %denormal
denormal:
  %r1 = call double @llvm.fma.f64(double %minus, double %q, double %m)
  %more = fcmp ogt double %r1, 0.0
  %less = fcmp olt double %r1, 0.0
  %up1 = zext i1 %more to i64
  %down1 = zext i1 %less to i64
  %q.fraction = and i64 %q.bits, 4503599627370495
  %q.mantissa = or i64 %q.fraction, 4503599627370496
  %quarters = shl i64 %q.mantissa, 2
  %above.true = add i64 %quarters, %up1
  %exact = sub i64 %above.true, %down1
  %wanted = sub i64 3, %new
  %shift = call i64 @llvm.smin.i64(i64 %wanted, i64 60)
  %kept = lshr i64 %exact, %shift
  %back = shl i64 %kept, %shift
  %rest = sub i64 %exact, %back
  %half.shift = sub i64 %shift, 1
  %half = shl i64 1, %half.shift
  %over = icmp ugt i64 %rest, %half
  %tie = icmp eq i64 %rest, %half
  %low = and i64 %kept, 1
  %uneven = icmp ne i64 %low, 0
  %tie.up = and i1 %tie, %uneven
  %round = or i1 %over, %tie.up
  %one = zext i1 %round to i64
  %rounded = add i64 %kept, %one
  %rounded.signed = or i64 %rounded, %sign
  %least = bitcast i64 %rounded.signed to double
  ret double %least
}
"""

# Of numbers below 2 ** 64; what is 2 ** 63 or more goes once at most. The first quotient misses at
# most a part in 2 ** 49, the second at most one.
_UNSIGNED = """
define internal i64 @gpudb.unsigned_quotient(i64 %a, i64 %b) alwaysinline nounwind {
entry:
  %both = or i64 %a, %b
  %small = icmp ult i64 %both, 4294967296
  br i1 %small, label %narrow, label %wide
narrow:
  %a32 = trunc i64 %a to i32
  %b32 = trunc i64 %b to i32
  %q32 = udiv i32 %a32, %b32
  %qn = zext i32 %q32 to i64
  ret i64 %qn
wide:
  %half = icmp slt i64 %b, 0
  %once = icmp uge i64 %a, %b
  %one = zext i1 %once to i64
  %safe = select i1 %half, i64 1, i64 %b
  %d = uitofp i64 %safe to double
  %d.bits = bitcast double %d to i64
  %fraction = and i64 %d.bits, 4503599627370495
  %mantissa.bits = or i64 %fraction, 4607182418800017408
  %mantissa = bitcast i64 %mantissa.bits to double
  %y0 = call double @gpudb.near_reciprocal(double %mantissa)
  %biased = lshr i64 %d.bits, 52
  %away = sub i64 2046, %biased
  %power.bits = shl i64 %away, 52
  %power = bitcast i64 %power.bits to double
  %y1 = fmul double %y0, %power
  %y = fmul double %y1, 0x3FEFFFFFFFFFFFF8
  %a.float = uitofp i64 %a to double
  %q0.float = fmul double %a.float, %y
  %q0 = fptoui double %q0.float to i64
  %p0 = mul i64 %q0, %safe
  %r0 = sub i64 %a, %p0
  %r0.float = uitofp i64 %r0 to double
  %q1.float = fmul double %r0.float, %y
  %q1 = fptoui double %q1.float to i64
  %p1 = mul i64 %q1, %safe
  %r1 = sub i64 %r0, %p1
  %q2 = add i64 %q0, %q1
  %again = icmp uge i64 %r1, %safe
  %last = zext i1 %again to i64
  %q3 = add i64 %q2, %last
  %q = select i1 %half, i64 %one, i64 %q3
  ret i64 %q
}
"""

# A constant divisor is left to LLVM, which multiplies.
_SIGNED = """
define internal i64 @gpudb.quotient(i64 %a, i64 %b) alwaysinline nounwind {
entry:
  %constant = call i1 @llvm.is.constant.i64(i64 %b)
  br i1 %constant, label %known, label %unknown
known:
  %safe = call i64 @gpudb.safe_divisor(i64 %a, i64 %b)
  %q0 = sdiv i64 %a, %safe
  %zero = icmp eq i64 %b, 0
  %q1 = select i1 %zero, i64 0, i64 %q0
  ret i64 %q1
unknown:
  %n = call i64 @llvm.abs.i64(i64 %a, i1 false)
  %m = call i64 @llvm.abs.i64(i64 %b, i1 false)
  %none = icmp eq i64 %b, 0
  %d = select i1 %none, i64 1, i64 %m
  %size = call i64 @gpudb.unsigned_quotient(i64 %n, i64 %d)
  %signs = xor i64 %a, %b
  %negative = icmp slt i64 %signs, 0
  %negated = sub i64 0, %size
  %q2 = select i1 %negative, i64 %negated, i64 %size
  %q3 = select i1 %none, i64 0, i64 %q2
  ret i64 %q3
}
define internal i64 @gpudb.remainder(i64 %a, i64 %b) alwaysinline nounwind {
entry:
  %constant = call i1 @llvm.is.constant.i64(i64 %b)
  br i1 %constant, label %known, label %unknown
known:
  %safe = call i64 @gpudb.safe_divisor(i64 %a, i64 %b)
  %r0 = srem i64 %a, %safe
  ret i64 %r0
unknown:
  %q = call i64 @gpudb.quotient(i64 %a, i64 %b)
  %p = mul i64 %q, %b
  %r1 = sub i64 %a, %p
  %none = icmp eq i64 %b, 0
  %r = select i1 %none, i64 0, i64 %r1
  ret i64 %r
}
"""

_DECLARED = """
declare double @llvm.nvvm.rcp.approx.ftz.d(double)
declare double @llvm.fma.f64(double, double, double)
declare i1 @llvm.is.constant.i64(i64)
"""

_TEXTS = re.findall(
    r"^(?:define.*?^}|declare.*?)$",
    _RECIPROCAL + _DIVIDE + _UNSIGNED + _SIGNED + _DECLARED,
    re.DOTALL | re.MULTILINE,
)
# Definitions by their symbols; some stand for the host's of the same names.
DIVISIONS: dict[str, str] = {re.findall(r"@[\w.]+", text)[0]: text for text in _TEXTS}
# What the branches' weights refer to.
METADATA = '!0 = !{!"branch_weights", i32 100000, i32 1}\n!1 = !{}\n'


def without_division(text: str) -> str:
    """Return a text in IR whose doubles are divided by @gpudb.divide."""
    return _DIVIDED.sub(r"= call double @gpudb.divide(double \1, double \2)", text)
