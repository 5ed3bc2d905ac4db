"""The functions in LLVM IR that operations call where one instruction does not do."""

from __future__ import annotations

INLINED = """
define internal i64 @gpudb.safe_divisor(i64 %a, i64 %b) alwaysinline nounwind {
  %zero = icmp eq i64 %b, 0
  %minus = icmp eq i64 %b, -1
  %least = icmp eq i64 %a, -9223372036854775808
  %wraps = and i1 %minus, %least
  %unsafe = or i1 %zero, %wraps
  %r = select i1 %unsafe, i64 1, i64 %b
  ret i64 %r
}
define internal i64 @gpudb.unsigned_quotient(i64 %a, i64 %b) alwaysinline nounwind {
  %r = udiv i64 %a, %b
  ret i64 %r
}
define internal i64 @gpudb.quotient(i64 %a, i64 %b) alwaysinline nounwind {
  %safe = call i64 @gpudb.safe_divisor(i64 %a, i64 %b)
  %q = sdiv i64 %a, %safe
  %zero = icmp eq i64 %b, 0
  %r = select i1 %zero, i64 0, i64 %q
  ret i64 %r
}
define internal i64 @gpudb.remainder(i64 %a, i64 %b) alwaysinline nounwind {
  %safe = call i64 @gpudb.safe_divisor(i64 %a, i64 %b)
  %r = srem i64 %a, %safe
  ret i64 %r
}
define internal i1 @gpudb.rounds_down(i64 %rest, i64 %b) alwaysinline nounwind {
  %some = icmp ne i64 %rest, 0
  %signs = xor i64 %rest, %b
  %differ = icmp slt i64 %signs, 0
  %r = and i1 %some, %differ
  ret i1 %r
}
define internal i64 @gpudb.floor_divide(i64 %a, i64 %b) alwaysinline nounwind {
  %q = call i64 @gpudb.quotient(i64 %a, i64 %b)
  %rest = call i64 @gpudb.remainder(i64 %a, i64 %b)
  %down = call i1 @gpudb.rounds_down(i64 %rest, i64 %b)
  %one = sext i1 %down to i64
  %r = add i64 %q, %one
  ret i64 %r
}
define internal i64 @gpudb.floor_modulo(i64 %a, i64 %b) alwaysinline nounwind {
  %rest = call i64 @gpudb.remainder(i64 %a, i64 %b)
  %down = call i1 @gpudb.rounds_down(i64 %rest, i64 %b)
  %more = select i1 %down, i64 %b, i64 0
  %r = add i64 %rest, %more
  ret i64 %r
}
define internal i64 @gpudb.shift_left(i64 %a, i64 %n) alwaysinline nounwind {
  %amount = and i64 %n, 63
  %r = shl i64 %a, %amount
  ret i64 %r
}
define internal i64 @gpudb.shift_right(i64 %a, i64 %n) alwaysinline nounwind {
  %amount = and i64 %n, 63
  %r = ashr i64 %a, %amount
  ret i64 %r
}
define internal i64 @gpudb.logical_shift_right(i64 %a, i64 %n) alwaysinline nounwind {
  %amount = and i64 %n, 63
  %r = lshr i64 %a, %amount
  ret i64 %r
}
define internal double @gpudb.float_min(double %a, double %b) alwaysinline nounwind {
  %less = fcmp olt double %b, %a
  %r = select i1 %less, double %b, double %a
  ret double %r
}
define internal double @gpudb.float_max(double %a, double %b) alwaysinline nounwind {
  %less = fcmp olt double %a, %b
  %r = select i1 %less, double %b, double %a
  ret double %r
}
define internal i1 @gpudb.add_overflows(i64 %a, i64 %b) alwaysinline nounwind {
  %s = add i64 %a, %b
  %x = xor i64 %a, %s
  %y = xor i64 %b, %s
  %z = and i64 %x, %y
  %r = icmp slt i64 %z, 0
  ret i1 %r
}
define internal i1 @gpudb.subtract_overflows(i64 %a, i64 %b) alwaysinline nounwind {
  %s = sub i64 %a, %b
  %x = xor i64 %a, %s
  %y = xor i64 %a, %b
  %z = and i64 %x, %y
  %r = icmp slt i64 %z, 0
  ret i1 %r
}
define internal i1 @gpudb.multiply_overflows(i64 %a, i64 %b) alwaysinline nounwind {
  %both = call {i64, i1} @llvm.smul.with.overflow.i64(i64 %a, i64 %b)
  %r = extractvalue {i64, i1} %both, 1
  ret i1 %r
}
define internal i64 @gpudb.mix(i64 %a) alwaysinline nounwind {
  %a1 = lshr i64 %a, 30
  %a2 = xor i64 %a, %a1
  %a3 = mul i64 %a2, -4658895280553007687
  %a4 = lshr i64 %a3, 27
  %a5 = xor i64 %a3, %a4
  %a6 = mul i64 %a5, -7723592293110705685
  %a7 = lshr i64 %a6, 31
  %r = xor i64 %a6, %a7
  ret i64 %r
}
define internal i64 @gpudb.float_bits(double %a) alwaysinline nounwind {
  %bits = bitcast double %a to i64
  %nan = fcmp uno double %a, %a
  %r = select i1 %nan, i64 9221120237041090560, i64 %bits
  ret i64 %r
}
define internal i128 @gpudb.wide_of(i64 %high, i64 %low) alwaysinline nounwind {
  %h = sext i64 %high to i128
  %l = zext i64 %low to i128
  %s = shl i128 %h, 64
  %r = or i128 %s, %l
  ret i128 %r
}
define internal i64 @gpudb.wide_high(i128 %a) alwaysinline nounwind {
  %s = ashr i128 %a, 64
  %r = trunc i128 %s to i64
  ret i64 %r
}
define internal i1 @gpudb.wide_fits(i128 %a) alwaysinline nounwind {
  %low = trunc i128 %a to i64
  %back = sext i64 %low to i128
  %r = icmp eq i128 %a, %back
  ret i1 %r
}
define internal i64 @gpudb.leading_zeros(i128 %a) alwaysinline nounwind {
  %z = call i128 @llvm.ctlz.i128(i128 %a, i1 false)
  %r = trunc i128 %z to i64
  ret i64 %r
}
"""

# A C compiler calls __divti3 and __floattidf for these, which no library of the process exports.
# wide_float rounds once: the top 64 bits, the last one set if a lower bit is, go to a double, and
# scaling by a power of two is exact. wide_divide is long division bit by bit from the first bit
# that matters, with a short way for what fits in 64 bits.
CALLED = """
define internal double @gpudb.wide_float(i128 %a) noinline nounwind {
entry:
  %fits = call i1 @gpudb.wide_fits(i128 %a)
  br i1 %fits, label %small, label %large
small:
  %low = trunc i128 %a to i64
  %direct = sitofp i64 %low to double
  ret double %direct
large:
  %m = call i128 @llvm.abs.i128(i128 %a, i1 false)
  %zeros = call i64 @gpudb.leading_zeros(i128 %m)
  %shift = sub i64 64, %zeros
  %wide_shift = zext i64 %shift to i128
  %moved = lshr i128 %m, %wide_shift
  %top = trunc i128 %moved to i64
  %back = shl i128 %moved, %wide_shift
  %lost = icmp ne i128 %back, %m
  %sticky = zext i1 %lost to i64
  %bits = or i64 %top, %sticky
  %scaled = uitofp i64 %bits to double
  %biased = add i64 %shift, 1023
  %exponent = shl i64 %biased, 52
  %power = bitcast i64 %exponent to double
  %size = fmul double %scaled, %power
  %negated = fneg double %size
  %negative = icmp slt i128 %a, 0
  %r = select i1 %negative, double %negated, double %size
  ret double %r
}
define internal {i128, i128} @gpudb.wide_divide(i128 %a, i128 %b) noinline nounwind {
entry:
  %n = call i128 @llvm.abs.i128(i128 %a, i1 false)
  %d = call i128 @llvm.abs.i128(i128 %b, i1 false)
  %zero = icmp eq i128 %d, 0
  br i1 %zero, label %nothing, label %some
nothing:
  ret {i128, i128} zeroinitializer
some:
  %both = or i128 %n, %d
  %large = icmp ugt i128 %both, 18446744073709551615
  br i1 %large, label %long, label %short
short:
  %n1 = trunc i128 %n to i64
  %d1 = trunc i128 %d to i64
  %q1 = call i64 @gpudb.unsigned_quotient(i64 %n1, i64 %d1)
  %p1 = mul i64 %q1, %d1
  %r1 = sub i64 %n1, %p1
  %q2 = zext i64 %q1 to i128
  %r2 = zext i64 %r1 to i128
  br label %signs
long:
  %nz = call i64 @gpudb.leading_zeros(i128 %n)
  %dz = call i64 @gpudb.leading_zeros(i128 %d)
  %less = icmp ult i128 %n, %d
  br i1 %less, label %signs, label %start
start:
  %bits = sub i64 %dz, %nz
  %by = zext i64 %bits to i128
  %aligned = shl i128 %d, %by
  br label %step
step:
  %left = phi i64 [%bits, %start], [%left2, %step]
  %rest = phi i128 [%n, %start], [%rest2, %step]
  %q = phi i128 [0, %start], [%q5, %step]
  %divisor = phi i128 [%aligned, %start], [%divisor2, %step]
  %goes = icmp uge i128 %rest, %divisor
  %take = select i1 %goes, i128 %divisor, i128 0
  %rest2 = sub i128 %rest, %take
  %q3 = shl i128 %q, 1
  %q4 = zext i1 %goes to i128
  %q5 = or i128 %q3, %q4
  %divisor2 = lshr i128 %divisor, 1
  %left2 = sub i64 %left, 1
  %more = icmp sgt i64 %left, 0
  br i1 %more, label %step, label %signs
signs:
  %qa = phi i128 [%q2, %short], [0, %long], [%q5, %step]
  %ra = phi i128 [%r2, %short], [%n, %long], [%rest2, %step]
  %mixed = xor i128 %a, %b
  %opposite = icmp slt i128 %mixed, 0
  %qn = sub i128 0, %qa
  %qs = select i1 %opposite, i128 %qn, i128 %qa
  %negative = icmp slt i128 %a, 0
  %rn = sub i128 0, %ra
  %rs = select i1 %negative, i128 %rn, i128 %ra
  %p = insertvalue {i128, i128} zeroinitializer, i128 %qs, 0
  %result = insertvalue {i128, i128} %p, i128 %rs, 1
  ret {i128, i128} %result
}
define internal i128 @gpudb.wide_quotient(i128 %a, i128 %b) alwaysinline nounwind {
  %both = call {i128, i128} @gpudb.wide_divide(i128 %a, i128 %b)
  %r = extractvalue {i128, i128} %both, 0
  ret i128 %r
}
define internal i128 @gpudb.wide_remainder(i128 %a, i128 %b) alwaysinline nounwind {
  %both = call {i128, i128} @gpudb.wide_divide(i128 %a, i128 %b)
  %r = extractvalue {i128, i128} %both, 1
  ret i128 %r
}
"""

DECLARED = """
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.abs.i64(i64, i1)
declare i128 @llvm.abs.i128(i128, i1)
declare i64 @llvm.ctpop.i64(i64)
declare i64 @llvm.cttz.i64(i64, i1)
declare i128 @llvm.ctlz.i128(i128, i1)
declare double @llvm.fabs.f64(double)
declare double @llvm.sqrt.f64(double)
declare double @llvm.floor.f64(double)
declare double @llvm.ceil.f64(double)
declare double @llvm.rint.f64(double)
declare i64 @llvm.fptosi.sat.i64.f64(double)
declare <32 x i16> @llvm.experimental.vector.compress.v32i16(<32 x i16>, <32 x i1>, <32 x i16>)
declare {i64, i1} @llvm.smul.with.overflow.i64(i64, i64)
"""
