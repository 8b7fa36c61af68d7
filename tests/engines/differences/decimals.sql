= select sum(v) z from values (1.25), (2.50), (2.55) t(v)
= select sum(v) z from values (1), (2), (4) t(v)
= select sum(v) z from values (1.25d), (2.5d), (null) t(v)
= select avg(v) z from values (1.25), (2.50), (2.55) t(v)
= select avg(v) z from values (1), (2), (4) t(v)
= select avg(v) z from values (1.25d), (2.5d), (null) t(v)
= select min(v) z from values (1.25), (2.50), (2.55) t(v)
= select min(v) z from values (1), (2), (4) t(v)
= select min(v) z from values (1.25d), (2.5d), (null) t(v)
= select max(v) z from values (1.25), (2.50), (2.55) t(v)
= select max(v) z from values (1), (2), (4) t(v)
= select max(v) z from values (1.25d), (2.5d), (null) t(v)
= select sum(v) / count(v) z from values (1.25), (2.50), (2.55) t(v)
= select sum(v) / count(v) z from values (1), (2), (4) t(v)
= select sum(v) / count(v) z from values (1.25d), (2.5d), (null) t(v)
= select avg(v * 2) z from values (1.25), (2.50), (2.55) t(v)
= select avg(v * 2) z from values (1), (2), (4) t(v)
= select avg(v * 2) z from values (1.25d), (2.5d), (null) t(v)
= select sum(v * v) z from values (1.25), (2.50), (2.55) t(v)
= select sum(v * v) z from values (1), (2), (4) t(v)
= select sum(v * v) z from values (1.25d), (2.5d), (null) t(v)
= select stddev(v) z from values (1.25), (2.50), (2.55) t(v)
= select stddev(v) z from values (1), (2), (4) t(v)
= select stddev(v) z from values (1.25d), (2.5d), (null) t(v)
= select variance(v) z from values (1.25), (2.50), (2.55) t(v)
= select variance(v) z from values (1), (2), (4) t(v)
= select variance(v) z from values (1.25d), (2.5d), (null) t(v)
= select median(v) z from values (1.25), (2.50), (2.55) t(v)
= select median(v) z from values (1), (2), (4) t(v)
= select median(v) z from values (1.25d), (2.5d), (null) t(v)
= select percentile(v, 0.5) z from values (1.25), (2.50), (2.55) t(v)
= select percentile(v, 0.5) z from values (1), (2), (4) t(v)
= select percentile(v, 0.5) z from values (1.25d), (2.5d), (null) t(v)
= select sum(distinct v) z from values (1.25), (2.50), (2.55) t(v)
= select sum(distinct v) z from values (1), (2), (4) t(v)
= select sum(distinct v) z from values (1.25d), (2.5d), (null) t(v)
= select avg(distinct v) z from values (1.25), (2.50), (2.55) t(v)
= select avg(distinct v) z from values (1), (2), (4) t(v)
= select avg(distinct v) z from values (1.25d), (2.5d), (null) t(v)
= select sum(v + 1) z from values (1.25), (2.50), (2.55) t(v)
= select sum(v + 1) z from values (1), (2), (4) t(v)
= select sum(v + 1) z from values (1.25d), (2.5d), (null) t(v)
= select sum(v) * 1.5 z from values (1.25), (2.50), (2.55) t(v)
= select sum(v) * 1.5 z from values (1), (2), (4) t(v)
= select sum(v) * 1.5 z from values (1.25d), (2.5d), (null) t(v)
= select sum(v) / 3 z from values (1.25), (2.50), (2.55) t(v)
= select sum(v) / 3 z from values (1), (2), (4) t(v)
= select sum(v) / 3 z from values (1.25d), (2.5d), (null) t(v)
= select avg(cast(v as double)) z from values (1.25), (2.50), (2.55) t(v)
= select avg(cast(v as double)) z from values (1), (2), (4) t(v)
= select avg(cast(v as double)) z from values (1.25d), (2.5d), (null) t(v)
= select cast(1.25 as decimal(10,2)) + cast(1 as decimal(5,3)) z
= select cast(1.25 as decimal(10,2)) - 1 z
= select cast(1.25 as decimal(10,2)) * 3 z
? select cast(1.25 as decimal(10,2)) / 2 z
> select cast(1.25 as decimal(10,2)) / 3 z
> select cast(10 as decimal(10,2)) / cast(3 as decimal(10,2)) z
? select cast(1.25 as decimal(10,2)) / 2d z
= select cast(1.25 as decimal(10,2)) % 1 z
= select cast(1.25 as decimal(10,2)) div 1 z
= select cast(1.25 as decimal(38,10)) * cast(1.25 as decimal(38,10)) z
= select cast(1.25 as decimal(38,10)) + 1.5 z
= select coalesce(1, 2.5) z
= select coalesce(null, 2.5, 1) z
> select if(true, 1, 2.5) z
= select if(true, 1.5, 2) z
= select case when true then 1.5 else 2 end z
> select case when true then 1 else 2.5 end z
= select greatest(1, 2.5) z
~mixed-types select least(1, 2.5, 3d) z
= select nvl(1, 2.5) z
= select nullif(1, 1.0) z
= select array(1, 2.5) z
= select array(1, null, 2.5d) z
= select nanvl(double("nan"), 1) z
= select ifnull(null, 1.50) z
= select nvl2(null, 1, 2.5) z
= select greatest(1, null, 3) z
= select array(1, 2L) z
~wrong-types select array("a", 1) z
= select map("a", 1, "b", 2.5) z
? select case when true then 1 else "a" end z
~fails-late select coalesce(1, "a") z
= select if(false, 1, null) z
> select 1 z union all select 2.5
> select 1 z union select 1.0
> select 1 z union all select 2d
? select 1 z union all select 2L
? select 1 z union all select 'a'
~mixed-types select date'2024-01-07' z union all select timestamp'2024-01-07 10:00:00'
~mixed-types select null z union all select 1
> select 1 z intersect select 1.0
= select cast(1 as decimal(5,2)) z union all select cast(1 as decimal(10,4))
= select * from values (1), (2.5) t(z)
= select * from values (1), (null), (3L) t(z)
- select * from values ('a'), (1) t(z)
= select * from values (1d), (2) t(z)
