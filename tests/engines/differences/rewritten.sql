= select transform_values(map('a', 1, 'b', null), (k, v) -> concat(k, v)) z, transform_keys(map('a', 1), (k, v) -> v) y, transform_values(m, (k, v) -> v + c) x from values (map(1, 2), 3), (map(), 4), (null, 5) t(m, c)
= select zip_with(a, b, (x, y) -> struct(x, y)) z, zip_with(a, b, (x, y) -> coalesce(x, y)) y from values (array(1, 2, 3), array(4)), (array(), array()), (null, array(1)), (array(null), array(5)) t(a, b)
= select map_zip_with(m, n, (k, x, y) -> coalesce(x, 0) + coalesce(y, 0)) z from values (map('a', 1, 'b', 2), map('b', 3, 'c', 4)), (map(), map('x', 1)), (null, map('x', 1)) t(m, n)
= select map_zip_with(map('a', 1), map('b', 'x'), (k, x, y) -> concat_ws(',', k, x, y)) z
= select zip_with(array(1, 2), array(3, 4), (a, b) -> zip_with(array(a), array(b), (x, y) -> x * y + a)) z
= select zip_with(array(array(1)), array(array(2)), (a, b) -> zip_with(a, b, (a, b) -> a - b)) z
= select k, percentile_approx(v, array(0.25, 0.5, 0.75)) z, percentile_approx(v, 0.5) y, percentile_approx(distinct v, 0.5) x, percentile_approx(v, 0.5) filter (where v > 1) w from values (1, 1), (1, 2), (1, 2), (2, 1), (2, 5), (2, 7), (3, null) t(k, v) group by k
= select percentile_approx(v, array(0.25, 0.5)) z from values (1) t(v) where v > 1
= select k, percentile_approx(v, 0.5) over (partition by k order by v) z, approx_percentile(v, array(0.5)) over w y from values (1, 1), (1, 2), (2, 1), (2, 5), (2, 7) t(k, v) window w as (partition by k)
= select percentile_approx(v, 0.1) a, percentile_approx(v, 0.7) b, percentile_approx(v, 0.55) c, percentile_approx(v, 0.999) d, percentile_approx(v, 1) e from (select explode(sequence(1, 100)) v)
= select max(struct(a, b)).b z, min(named_struct('x', a, 'y', b)) y, max(array(a, b)) x, max(struct(a as p, b + 1 q)) w from values (null, 5), (1, 2), (1, null), (null, null) t(a, b)
= select regexp_replace('aaa', 'a', 'b', 2) a, regexp_replace('abc', 'x*', '-', 4) b, regexp_replace('abc', 'x*', '-', 3) c, regexp_replace(s, '^b', 'x', 2) d, regexp_replace('aa', 'a', 'b', 1) e from values ('abc'), (null), ('') t(s)
= select regexp_replace('x1', '(x)(1)', '$2_$1') a, regexp_replace('a.b', '\\.', '\\$') b, regexp_replace('a.b', '\\.', '\\\\') c, regexp_replace('ab', '(a)', '$12') d, regexp_replace('ab', '(a)', '$1z') e, regexp_replace('a b', ' ', '$0x') f, regexp_replace('ab', '(a)', '<\\$1>') g
= select split('a|b', '|') a, split('', '|') b, split(null, '') c, split('ab\nc', '') d, split('é☃x', '') e, split(s, '')[0] f from values ('abc'), (null), ('') t(s)
= select decode(a, 1, 'x', null, 'n', 'z') z, decode(a, 1, 'x') y, decode(a + 1, 2, 10, 3, 20) x, decode(encode('abc', 'utf-8'), 'utf-8') w from values (1), (2), (null) t(a)
= select date_part('DOW', d) a, date_part('dow_iso', d) b, date_part('yearofweek', d) c, date_part('year', d) e, extract(dow from d) f, extract(YEAROFWEEK from d) g, extract(dayofweek_iso from d) h, extract(year from d) i from values (date'2024-01-07'), (date'2023-01-01'), (date'2024-12-30'), (null) t(d)
= select extract(dow from ts) f, extract(yearofweek from ts) g, weekday(ts) h, date_trunc('hour', ts) i from values (timestamp'1965-03-01 23:59:59'), (null) t(ts)
= select isnan(x) a, isnan(cast(x as float)) b from values (1d), (double('nan')), (null) t(x)
= select rint(x) a, rint(cast(x as float)) b, rint(cast(x as int)) c from values (1.5d), (2.5d), (-0.5d), (null) t(x)
= select rint(x) a from values (2.5), (3.5), (-2.5) t(x)
= select rint(x) z from values (1e300), (double('nan')), (double('inf')), (0.49999999999999994d), (4503599627370497.5d) t(x)
= select string(x) a, string(1.5) b, string(null) c, string(true) d, string(x'41') e, string(date'2024-01-01') f from values (timestamp'2024-01-07 10:00:00.120'), (null) t(x)
= select count(*) z from values ('a'), ('b') t(s) where initcap(s) = 'A' group by initcap(s) having initcap(s) is not null
= select initcap(concat(initcap('a b'), ' ', left('xyz', -1), 'é')) z
= select cast('a' as char(5)) z, cast(1 as string) y, left('abc', 2) x, case when isnan(1d) then 1 else 2 end w
= select left(s, n) a, right(s, n) b, left(s, n - 3) c from values ('abc', 2), ('abc', -1), (null, 1), ('abc', null) t(s, n)
= select char(n) a, chr(n) b from values (-1), (0), (65), (256), (321), (null) t(n)
= select * from values (array(1, null)), (array(2)) t(a) where not array_contains(a, 1)
= select left(s, n) a, right(s, n) b, left(s, 2) c, right(s, 2) d, split(left(s, 2), 'b') e, right(s, -1) f, right(s, 5) g from values ('abc', 2), ('abc', -1), (null, 1), ('abc', null), (null, -1), ('', 2), ('é☃x', 5) t(s, n)
= select decode(a, 1, 10) z, decode(a, 1, 1.5) y, decode(a, 1, 'x') x, decode(a, 1, 2.5d, 2, 3.5d) w, decode(a, 1, 5, 6) v from values (1), (2), (null) t(a)
= select percentile_approx(v, 0.1) a, percentile_approx(v, 0.7) b, percentile_approx(v, 0.55) c, percentile_approx(v, 0.3) d from (select cast(id as double) v from range(30))
= select `initcap(s)`, `LOG(E(), a)`, `array_contains(array(1, 2), 2)`, `percentile_approx(a, 0.5, 10000)` from (select initcap(s), log(a), array_contains(array(1, 2), 2) from values (1, 'a b') t(a, s)), (select percentile_approx(a, 0.5) from values (1) t(a))
> select chr(cast(rand() * 100 as int)) is null z
> select regexp_replace('aaa', 'a', 'b', a) z from values (1) t(a)
> select decode(1, 1, 'a', 2, 5, 1.5) z
> select split('abc', '', 2) z
