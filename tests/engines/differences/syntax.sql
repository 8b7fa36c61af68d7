= select 1 as a, a + 1 as b
= select 1 a, a + 1 b from range(1)
= select * except (k) from values (1, 2) t(k, v)
= select t.* from values (1) t(x)
= select `x` from values (1) t(`x`)
= select `a b` from values (1) t(`a b`)
= select X from values (1) t(x)
= select T.x from values (1) t(x)
! with A as (select 1 x) select * from a
= select case 1 when 1 then 'a' end z
~wrong-types select case when null then 1 else 2 end z
= select 1 where true
~wrong-types select 1 where null
= select 'a' as `select`
= select if(1=1,'a','b') z
= select 1 z, 2 z
= select * from (select 1 z, 2 z)
= select -1 z
= select +1 z
= select - - 1 z
= select /* c */ 1 z
= select 1 z;
= select date '2024-01-07' z
= select interval 3 days + date'2024-01-07' z
= select cast(interval 90 minutes as string) z
= select 1::string z
= select '1'::int + 1 z
= select array(1,2)::array<string> z
= select 1 == 1 z
= select 1 != 2 z
= select 1 <> 2 z
= select !true z
= select not true z
= select true and null z
= select 2 between 1 and 3 z
= select 'a' in ('a') z
= select 3 div 2 z
- select 0x1F z
- select 1_000 z
= select 1.e0 z
= select .5 z
= select 1L z, 1S y, 1Y x, 1.0F w, 1D v, 1BD u
= select current_database() z
= select x.a from (select named_struct('a',1) x)
= select x.* from (select named_struct('a',1,'b',2) x)
= select x['a'] z from (select map('a',1) x)
> select x:a z from (select parse_json('{"a":1}') x)
- select count(*) from range(10) tablesample (50 percent) where false
- select * from range(10) tablesample (100 percent)
= select * from values (1),(2) t(x) where x = 1 limit 1
= select sum(x) over (order by x) z from values (1),(2) t(x) qualify z > 1
= select * from range(3) pivot (count(*) for id in (1,2))
= select * from values (1,2) t(a,b) unpivot (v for c in (a,b))
= select /*+ coalesce(1) */ * from range(3)
= select * from range(3) t where t.id > 1
= select * from (values (1), (2)) as t(x)
- select * from (table_does_not_exist)
> select transform(id) using 'cat' as (x) from range(1)
> select * from range(3) |> where id > 1
> from range(3) |> where id > 1
= select 1 as A, 2 as B
= select a.B.c from (select named_struct('b',named_struct('c',1)) a)
= select array(1,2,3)[1] z
= select element_at(array(1,2,3), -1) z
= select len('abc') z
= select ifnull(null,1) z, nvl(null,2) y
= select decode(1,1,'a','b') z
= select identifier('id') from range(1)
! select * from identifier('range')(2)
= select max(id) filter (where id < 2) z from range(3)
= select any(id > 1) z from range(3)
= select 'a' like any ('a%','b%') z
= select 'a' like all ('a%','b%') z
= select 'abc' not like 'a%' z
= select 1 is distinct from null z
= select 1 is not distinct from 1 z
= select true is true z
= select null is unknown z
= select overlay('abc' placing 'x' from 2) z
= select position('b' in 'abc') z
= select trim(trailing 'x' from 'axx') z
= select timestampadd(DAY,1,date'2024-01-07') z
- select grouping_id() from range(1) group by id
= select * from range(2) where id in (select id from range(1))
> with recursive r(n) as (select 1 union all select n+1 from r where n<3) select * from r
= select * from range(5) order by id desc limit 2
= select ceil(id/2) z from range(3)
= select id, id/2 z from range(3)
= select id % 2 = 0 z, count(*) c from range(5) group by z
= select concat_ws(',', collect_list(id)) z from range(3)
= select 1 z from range(2) group by id having id > 0
= select sum(id) z from range(0)
= select avg(id) z from range(4)
= select id from range(3) where id not between 1 and 2
- select distinct on (id) id from range(3)
= select first(id) z from range(3) where id > 5
= select hash(id) z from range(3)
? select rand(1) < 1 z
= select spark_partition_id() z
? select version() is not null z
> select collation('a') z
= select * from range(2) lateral view explode(array(id)) x as y where y > 0
= select count(*) z from (select distinct id % 2 from range(10))
= select * from (select id, id as other from range(2)) where other = 1
= select t1.id from range(3) t1 join range(3) t2 on t1.id = t2.id + 1
= select id as k, count(*) from range(3) group by k order by count(*) desc, k limit 1
= select coalesce(sum(id), 0) z from range(0)
= select try_cast('x' as int) z
= select int('5') z
= select string(5) z
= select date('2024-01-07') z
= select double('1.5') z
= select boolean('true') z
= select bigint(5) z
= select float(1.5) z
= select timestamp('2024-01-07') z
= select decimal('1.5') z
= select binary('a') z
= select tinyint(5) z
- select 5 = any (select id from range(6)) z
= select unix_timestamp('2024-01-07','yyyy-MM-dd') z
- select raise_error('x') z
= select assert_true(true) z
- select assert_true(false) z
- select nvl(1/0, 2) z
! select case when true then 1 else 1/0 end z
! select if(false, 1/0, 2) z
! select coalesce(1, 1/0) z
! select true or 1/0 > 0 z
! select false and 1/0 > 0 z
