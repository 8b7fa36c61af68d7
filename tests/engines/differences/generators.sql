= select explode(array(1,2)) z
~void-columns select explode(array()) z
= select explode_outer(array()) z
= select posexplode(array('a','b'))
= select posexplode(array('a','b')) as (p, x)
> select explode(map('a',1,'b',2))
> select explode(map('a',1)) as (k, v)
= select inline(array(struct(1,'a'),struct(2,'b')))
= select stack(2,1,2,3,4)
= select stack(2,1,'a',2,'b') as (n, c)
= select id, x from range(2) lateral view explode(array(10,20)) e as x
= select id, x from range(2) lateral view outer explode(array()) e as x
> select k, v from range(1) lateral view explode(map('a',1,'b',2)) e as k, v
= select id, p, x from range(1) lateral view posexplode(array('a','b')) e as p, x
= select * from range(2) lateral view explode(array(1,2)) a as x lateral view explode(array(x, x*10)) b as y
= select id, col from range(1), lateral explode(array(1,2))
= select * from range(2) a, lateral (select a.id * 2 as d)
~fails-late select * from range(2) a left join lateral (select a.id as d where a.id > 0) on true
= select * from explode(array(1,2))
= select * from explode(array(1,2)) t(x)
= select * from inline(array(struct(1,'a')))
= select * from range(1, 10, 3)
= select * from range(3) t(x)
= select * from values (1,'a'),(2,'b')
= select * from values (1,'a') as t(n, s)
= values (1), (2)
- table values
= select x from (select explode(split('a,b',',')) x)
= select explode(x) from values (array(1,2)) t(x)
~fails-late select explode(m) from values (map('a',1)) t(m)
~fails-late select explode_outer(m) from values (map('a',1)),(null) t(m)
= select a, explode(b) x from values (1,array(1,2)),(2,array()) t(a,b)
= select a, explode_outer(b) x from values (1,array(1,2)),(2,null) t(a,b)
= select t.*, x from values (1,array(1,2)) t(a,b) lateral view explode(b) as x
= select json_tuple('{"a":1,"b":2}','a','b')
= select a, b from range(1) lateral view json_tuple('{"a":1,"b":2}','a','b') as a, b
! select * from json_tuple('{"a":1}','a')
> select posexplode(map('a',1))
= select posexplode_outer(array(null))
- select inline_outer(null)
= select k, count(*) c from values (array('a','b')),(array('a')) t(x) lateral view explode(x) as k group by k
= select explode(array(struct(1 a, 2 b))) s
= select s.a from (select explode(array(struct(1 a, 2 b))) s)
= select sum(x) z from (select explode(sequence(1,10)) x)
= select id, x from range(3) lateral view explode(array(10,20)) e as x where id > 1
= select x, count(*) c from range(3) lateral view explode(array(10,20)) e as x where id > 1 group by x order by x
= select id from range(3) lateral view explode(array(10,20)) e where id > 1 and e.col = 10
= select p, y from range(3) lateral view explode(array(id)) e as x lateral view posexplode(array(x,2)) f as p, y where id > 0 and p = 1
= select x from (select x from range(3) lateral view explode(array(id)) e as x) where x > 1
