# Functions of numbers.
CREATE TABLE numbers (name TEXT, whole INTEGER, big BIGINT, exact DECIMAL(10,3), real DOUBLE)

INSERT INTO numbers VALUES ('few', 1, 2, 3.455, 4.5), ('less', -7, 10, -3.455, -4.5), ('none', NULL, NULL, NULL, NULL), ('most', 2147483647, 9223372036854775807, 9999999.999, 1e300), ('least', -2147483648, -9223372036854775807, -9999999.999, -1e300)

INSERT INTO numbers VALUES ('nan', 0, 0, 0, CAST('NaN' AS DOUBLE)), ('infinite', 0, 0, 0, CAST('Infinity' AS DOUBLE))

# Bits.
SELECT name, whole & 12, whole | 8, whole # big, ~whole, bit_count(whole), bit_count(big) FROM numbers
----
few	0	9	3	-2	1	1
less	8	-7	-13	6	30	2
none	NULL	NULL	NULL	NULL	NULL	NULL
most	12	2147483647	9223372034707292160	-2147483648	31	63
least	0	-2147483640	9223372034707292161	2147483647	1	2
nan	0	8	0	-1	0	0
infinite	0	8	0	-1	0	0

# As in PostgreSQL, a shift counts modulo the width and loses what leaves it.
SELECT name, whole << 4, whole << 33, whole >> 2, big << 63, big >> 62, 1 << whole FROM numbers
----
few	16	2	0	0	0	2
less	-112	-14	-2	0	0	33554432
none	NULL	NULL	NULL	NULL	NULL	NULL
most	-16	-2	536870911	-9223372036854775808	1	-2147483648
least	0	0	-536870912	-9223372036854775808	-2	1
nan	0	0	0	0	0	1
infinite	0	0	0	0	0	1

SELECT 1 | 2 & 3, -1 >> 100, CAST(1 AS TINYINT) << 7, CAST(-3 AS SMALLINT) & 7, ~NULL, 5 & NULL
----
3	-1	-128	5	NULL	NULL

SELECT 1.5 & 2
----
error: operator & does not take DECIMAL(2,1) and INTEGER; it takes integers
line 1, column 8: SELECT 1.5 & 2
                         ^^^^^^^

SELECT 'x' | 2
----
error: 'x' is not a valid INTEGER
line 1, column 8: SELECT 'x' | 2
                         ^^^

# Divisors.
SELECT name, gcd(whole, 21), gcd(big, whole), lcm(whole, 6) FROM numbers
----
few	1	1	6
less	7	1	42
none	NULL	NULL	NULL
most	1	1	12884901882
least	1	1	6442450944
nan	21	0	0
infinite	21	0	0

SELECT gcd(0, 0), gcd(-9223372036854775808, 6), lcm(0, 3), lcm(-4, 6), gcd(NULL, 2)
----
0	2	0	12	NULL

SELECT gcd(-9223372036854775808, 0)
----
error: BIGINT overflow: the greatest common divisor is out of range
line 1, column 8: SELECT gcd(-9223372036854775808, 0)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT lcm(big, 2) FROM numbers
----
error: BIGINT overflow: the least common multiple is out of range
line 1, column 8: SELECT lcm(big, 2) FROM numbers
                         ^^^^^^^^^^^

SELECT factorial(0), factorial(20), factorial(33), factorial(NULL)
----
1	2432902008176640000	8683317618811886495518194401280000000	NULL

SELECT name, factorial(whole) FROM numbers WHERE whole BETWEEN 0 AND 5
----
few	1
nan	1
infinite	1

SELECT factorial(34)
----
error: factorial takes 0 to 33
line 1, column 8: SELECT factorial(34)
                         ^^^^^^^^^^^^^

SELECT factorial(whole) FROM numbers
----
error: factorial takes 0 to 33
line 1, column 8: SELECT factorial(whole) FROM numbers
                         ^^^^^^^^^^^^^^^^

# Rounding: DECIMAL away from zero at ties, DOUBLE to even without digits.
SELECT name, round(exact), round(exact, 1), round(exact, -1), round(exact, 5), round(exact, -9), round(exact, whole) FROM numbers WHERE whole BETWEEN -9 AND 9
----
few	3	3.5	0	3.455	0	3.500
less	-3	-3.5	0	-3.455	0	0.000
nan	0	0.0	0	0.000	0	0.000
infinite	0	0.0	0	0.000	0	0.000

SELECT name, trunc(exact), trunc(exact, 1), trunc(exact, -1), trunc(exact, whole), ceil(exact), floor(exact) FROM numbers
----
few	3	3.4	0	3.400	4	3
less	-3	-3.4	0	0.000	-3	-4
none	NULL	NULL	NULL	NULL	NULL	NULL
most	9999999	9999999.9	9999990	9999999.999	10000000	9999999
least	-9999999	-9999999.9	-9999990	0.000	-9999999	-10000000
nan	0	0.0	0	0.000	0	0
infinite	0	0.0	0	0.000	0	0

SELECT name, round(real), round(real, 1), round(real, -1), trunc(real, 1), ceil(real), floor(real), even(real) FROM numbers
----
few	4.0	4.5	0.0	4.5	5.0	4.0	6.0
less	-4.0	-4.5	-0.0	-4.5	-4.0	-5.0	-6.0
none	NULL	NULL	NULL	NULL	NULL	NULL	NULL
most	1e+300	1e+300	1e+300	1e+300	1e+300	1e+300	1e+300
least	-1e+300	-1e+300	-1e+300	-1e+300	-1e+300	-1e+300	-1e+300
nan	nan	nan	nan	nan	nan	nan	nan
infinite	inf	inf	inf	inf	inf	inf	inf

SELECT round(sum(exact), 1), round(sum(exact), -2), ceil(sum(exact)), floor(sum(exact)), trunc(sum(exact)) FROM numbers WHERE whole > 0
----
10000003.5	10000000	10000004	10000003	10000003

SELECT round(2.5), round(-2.5), round(2.5e0), round(-0.5e0), round(1.005e0, 2), round(0.49999999999999994e0, 0), round(15, -1), round(-15, -1), round(14, -1), trunc(-19, -1), round(5, 3), round(5, -30), round(NULL, 2)
----
3	-3	2.0	0.0	1.0	0.0	20	-20	10	-10	5	0	NULL

SELECT round(9223372036854775807, -1)
----
error: BIGINT overflow: the rounded value is out of range
line 1, column 8: SELECT round(9223372036854775807, -1)
                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

SELECT round(sum(exact), whole) FROM numbers GROUP BY whole
----
error: round of DECIMAL(38,3) to digits that vary is not supported yet; cast it to DECIMAL(18,3)
line 1, column 8: SELECT round(sum(exact), whole) FROM numbers GROUP BY whole
                         ^^^^^^^^^^^^^^^^^^^^^^^^

SELECT round('x')
----
error: 'x' is not a valid DOUBLE
line 1, column 14: SELECT round('x')
                                ^^^

SELECT name, div(big, 4), div(exact, 2), div(real, 2), mod(exact, 2), mod(whole, 4), div(whole, exact) FROM numbers WHERE whole <> 0
----
few	0	1	2.0	1.455	1	0
less	2	-1	-2.0	-1.455	-3	2
most	2305843009213693951	4999999	5e+299	1.999	3	214
least	-2305843009213693951	-4999999	-5e+299	-1.999	0	214

SELECT div(1, 0)
----
error: division by zero
line 1, column 8: SELECT div(1, 0)
                         ^^^^^^^^^

SELECT div(1.5, 0)
----
error: division by zero
line 1, column 8: SELECT div(1.5, 0)
                         ^^^^^^^^^^^

SELECT name, abs(whole), abs(exact), abs(real), sign(real), sign(exact), sign(whole) FROM numbers WHERE name <> 'least'
----
few	1	3.455	4.5	1.0	1	1
less	7	3.455	4.5	-1.0	-1	-1
none	NULL	NULL	NULL	NULL	NULL	NULL
most	2147483647	9999999.999	1e+300	1.0	1	1
nan	0	0.000	nan	nan	0	0
infinite	0	0.000	inf	1.0	0	0

SELECT abs(whole) FROM numbers
----
error: INTEGER overflow: -(-2147483648) is out of range
line 1, column 8: SELECT abs(whole) FROM numbers
                         ^^^^^^^^^^

SELECT name, isnan(real), isinf(real), isfinite(real) FROM numbers
----
few	false	false	true
less	false	false	true
none	NULL	NULL	NULL
most	false	false	true
least	false	false	true
nan	true	false	false
infinite	false	true	false

# Powers, roots, logarithms.
SELECT sqrt(16), |/ 2, cbrt(27), cbrt(-64), cbrt(0), power(2, 10), 2 ^ 0.5, power(-2, 3), power(0, 0), exp(0), ln(1), log(1000), log10(0.01), log2(1024), log2(0.125), log(2, 8), log(10, 1000), log(3, 81)
----
4.0	1.4142135623730951	3.0	-4.0	0.0	1024.0	1.4142135623730951	-8.0	1.0	1.0	0.0	3.0	-2.0	10.0	-3.0	3.0	3.0	4.0

SELECT sqrt(CAST('NaN' AS DOUBLE)), exp(1000), exp(-1000), power(10, 400), sqrt(NULL), ln(NULL), power(NULL, 2)
----
nan	inf	0.0	inf	NULL	NULL	NULL

SELECT name, cbrt(real) FROM numbers
----
few	1.6509636244473134
less	-1.6509636244473134
none	NULL
most	1e+100
least	-1e+100
nan	nan
infinite	inf

SELECT sqrt(real) FROM numbers
----
error: sqrt of a negative number
line 1, column 8: SELECT sqrt(real) FROM numbers
                         ^^^^^^^^^^

SELECT sqrt(-1)
----
error: sqrt of a negative number
line 1, column 8: SELECT sqrt(-1)
                         ^^^^^^^^

SELECT ln(0)
----
error: logarithm of zero or a negative number
line 1, column 8: SELECT ln(0)
                         ^^^^^

SELECT log(-1)
----
error: logarithm of zero or a negative number
line 1, column 8: SELECT log(-1)
                         ^^^^^^^

SELECT log(1, 5)
----
error: logarithm of zero or a negative number, or to such a base
line 1, column 8: SELECT log(1, 5)
                         ^^^^^^^^^

SELECT power(-8, 0.5)
----
error: power of a negative number to a fraction, or of zero to a negative one
line 1, column 8: SELECT power(-8, 0.5)
                         ^^^^^^^^^^^^^^

SELECT power(0, -1)
----
error: power of a negative number to a fraction, or of zero to a negative one
line 1, column 8: SELECT power(0, -1)
                         ^^^^^^^^^^^^

SELECT sin(0), cos(0), tan(0), atan2(1, -1), degrees(pi()), radians(180), asin(1), acos(-1), sind(30), cosd(60), tand(45), sind(-390), tand(135), cosd(180)
----
0.0	1.0	0.0	2.356194490192345	180.0	3.141592653589793	1.5707963267948966	3.141592653589793	0.5	0.5	1.0	-0.5	-1.0	-1.0

SELECT sinh(1), cosh(1), tanh(1), asinh(1), acosh(2), atanh(0.5), sinh(1e-10), tanh(1e-10), asinh(-1e-10), sinh(-710), tanh(1000), atanh(-1e-12)
----
1.1752011936438014	1.543080634815244	0.7615941559557649	0.881373587019543	1.3169578969248166	0.5493061443340549	9.999999999999999e-11	1e-10	-1e-10	-1.1169973830808557e+308	1.0	-1e-12

SELECT asin(2)
----
error: asin takes -1 to 1
line 1, column 8: SELECT asin(2)
                         ^^^^^^^

SELECT sin(real) FROM numbers
----
error: the angle is infinite
line 1, column 8: SELECT sin(real) FROM numbers
                         ^^^^^^^^^

SELECT acosh(0.5)
----
error: acosh takes 1 or more
line 1, column 8: SELECT acosh(0.5)
                         ^^^^^^^^^^

SELECT atanh(1)
----
error: atanh takes what lies between -1 and 1
line 1, column 8: SELECT atanh(1)
                         ^^^^^^^^

SELECT name, greatest(whole, exact, real), least(whole, exact), num_nulls(whole, 1, NULL), num_nonnulls(whole, exact) FROM numbers
----
few	4.5	1.000	1	2
less	-3.455	-7.000	1	2
none	NULL	NULL	2	0
most	1e+300	9999999.999	1	2
least	-9999999.999	-2147483648.000	1	2
nan	nan	0.000	1	2
infinite	inf	0.000	1	2

SELECT decode(whole, 1, 'one', NULL, 'none', 'many'), nvl2(whole, 'some', 'none'), nvl(whole, 0), iif(whole > 0, 'more', 'less'), if(whole > 0, 1) FROM numbers
----
one	some	1	more	1
many	some	-7	less	NULL
none	none	0	less	NULL
many	some	2147483647	more	1
many	some	-2147483648	less	NULL
many	some	0	less	NULL
many	some	0	less	NULL

SELECT typeof(1), typeof(NULL), typeof(1.50), typeof(DATE '2020-01-01'), typeof('a'), typeof(1e0), typeof(INTERVAL '1' day), likely(1 = 1)
----
INTEGER	NULL	DECIMAL(3,2)	DATE	TEXT	DOUBLE	INTERVAL DAY TO SECOND	true

SELECT cuberoot(2)
----
error: function cuberoot does not exist; did you mean cbrt?
line 1, column 8: SELECT cuberoot(2)
                         ^^^^^^^^^^^

SELECT round(1, 2, 3)
----
error: round takes 1 to 2 arguments, not 3
line 1, column 8: SELECT round(1, 2, 3)
                         ^^^^^^^^^^^^^^

SELECT gcd(1.5, 2)
----
error: gcd(DECIMAL(2,1), INTEGER) does not exist; there is gcd(BIGINT, BIGINT)
line 1, column 8: SELECT gcd(1.5, 2)
                         ^^^^^^^^^^^

# Texts are no integers where PostgreSQL's reader finds none.
SELECT TRY_CAST(s AS INTEGER), TRY_CAST(s AS DOUBLE), TRY_CAST(s AS DECIMAL(9,2)) FROM (VALUES ('1_000'), ('1e2'), (' 7 '), ('٣'), ('1.5'), ('.5'), ('5.'), ('+5'), ('--5'), ('99999999999999999999999'), ('1e999'), (''), ('nan'), ('-inf'), ('0x10')) t(s)
----
NULL	NULL	NULL
NULL	100.0	100.00
7	7.0	7.00
NULL	NULL	NULL
NULL	1.5	1.50
NULL	0.5	0.50
NULL	5.0	5.00
5	5.0	5.00
NULL	NULL	NULL
NULL	1e+23	NULL
NULL	inf	NULL
NULL	NULL	NULL
NULL	nan	NULL
NULL	-inf	NULL
NULL	NULL	NULL

SELECT CAST('1_000' AS INTEGER)
----
error: '1_000' is not a valid INTEGER
line 1, column 13: SELECT CAST('1_000' AS INTEGER)
                               ^^^^^^^

SELECT CAST('1e2' AS INTEGER)
----
error: '1e2' is not a valid INTEGER
line 1, column 13: SELECT CAST('1e2' AS INTEGER)
                               ^^^^^
