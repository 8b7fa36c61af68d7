- select 2147483647 + 1 z
- select 2147483647 * 2 z
- select cast(2147483647 as int) + 1 z
- select cast(2147483647 as int) * 2 z
- select 9223372036854775807 + 1 z
- select 9223372036854775807 * 2 z
= select 127Y + 1 z
= select 127Y * 2 z
= select 32767S + 1 z
= select 32767S * 2 z
- select -2147483648 - 1 z
- select -(-2147483648) z
- select abs(-2147483648) z
- select -9223372036854775808 - 1 z
- select negative(-9223372036854775808) z
~integer-overflow select cast(-128 as tinyint) - cast(1 as tinyint) z
- select 1 / 0 z
- select 1.0 / 0 z
- select 1d / 0 z
- select 1 % 0 z
- select 1 div 0 z
- select mod(1, 0) z
- select pmod(1,0) z
= select try_divide(1,0) z
= select try_add(2147483647,1) z
= select try_add(9223372036854775807L,1L) z
= select try_multiply(9223372036854775807L,2L) z
! select try_subtract(-9223372036854775808L,1L) z
= select try_mod(1,0) z
= select 5 / 2 z
= select 5 div 2 z
= select -5 div 2 z
= select -5 % 3 z
= select pmod(-5,3) z
= select 5.5 % 2 z
= select 7 / 2.0 z
= select 1.1 + 2.2 z
= select 1.1 * 2.2 z
= select 1.1d + 2.2d z
= select 10.00 / 3 z
= select 1.00 / 3.00 z
= select cast(1 as decimal(38,18)) / 3 z
= select cast(1 as decimal(10,2)) * cast(1 as decimal(10,2)) z
~integer-overflow select cast(99999999999999999999999999999999999999 as decimal(38,0)) + 1 z
= select cast(12345678901234567890 as decimal(38,18)) * 10 z
= select 1 + 1.5 z
= select 1 + 1.5d z
= select 1L + 1 z
= select 1 + 1Y z
= select 2 * 1.50 z
= select 100 * 1.1 z
= select 1 - 0.9 z
= select 1 - 0.9d z
= select 3.0 z
= select 1e3 z
= select 1.5bd z
= select 0.1 + 0.2 z
= select 1 = 1.0 z
= select '1' = 1 z
! select '1' + 1 z
- select '1' * '2' z
= select '5' / 2 z
- select 'abc' + 1 z
= select 1 < '2' z
- select 'a' = 1 z
= select 1 in ('1','2') z
= select '10' > 9 z
= select '2024-01-07' = date'2024-01-07' z
= select date'2024-01-07' > '2024-01-06' z
- select true = 1 z
- select array(1,2)[5] z
- select array(1,2)[-1] z
- select element_at(array(1,2),5) z
- select element_at(array(1,2),0) z
= select try_element_at(array(1,2),5) z
= select map('a',1)['b'] z
= select element_at(map('a',1),'b') z
~wrong-values select elt(5,'a','b') z
= select sqrt(-1) z
= select ln(0) z
= select ln(-1) z
= select log10(0) z
= select log2(8) z
= select log(2,8) z
= select exp(710) z
= select pow(2,0.5) z
~fails-late select pow(0,-1) z
~fails-late select factorial(21) z
= select factorial(20) z
= select cbrt(27) z
= select hypot(3,4) z
= select shiftleft(1,33) z
= select 1 << 33 z
= select 5 & 3 z
= select 5 | 3 z
= select 5 ^ 3 z
= select ~5 z
= select bit_count(7) z
? select conv('ff',16,10) z
? select conv('zz',36,10) z
= select bin(5) z
= select hex(255) z
= select hex('abc') z
= select unhex('4142') z
= select hex(-1) z
