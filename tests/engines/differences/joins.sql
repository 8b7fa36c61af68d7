= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) inner join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) inner join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) inner join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) inner join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) inner join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) right join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) right join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) right join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) right join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) right join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full outer join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full outer join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full outer join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full outer join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full outer join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) semi join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id <=> b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id < b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) anti join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id and b.y <> 'p'
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) cross join values (2,'p'),(3,'q'),(null,'m') b(id,y)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x), values (2,'p'),(3,'q'),(null,'m') b(id,y)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x), values (2,'p'),(3,'q'),(null,'m') b(id,y) where a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) natural join values (2,'p'),(3,'q'),(null,'m') b(id,y)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) natural left join values (2,'p'),(3,'q'),(null,'m') b(id,y)
= select id from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select a.id, b.id from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) full join values (2,'p'),(3,'q'),(null,'m') b(id,y) using (id)
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id join values (1,'a'),(2,'b'),(null,'n'),(2,'c') c(id,x) on c.id = b.id
= select /*+ broadcast(b) */ * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) left join values (2,'p'),(3,'q'),(null,'m') b(id,y) on true
= select a.*, b.y from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id
= select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) join values (2,'p'),(3,'q'),(null,'m') b(id,y) on a.id = b.id where y is not null order by x limit 1
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id in (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y))
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id not in (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y))
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id not in (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y) where id is not null)
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where exists (select 1 from values (2,'p'),(3,'q'),(null,'m') b(id,y) where b.id = a.id)
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where not exists (select 1 from values (2,'p'),(3,'q'),(null,'m') b(id,y) where b.id = a.id)
= select x, (select max(y) from values (2,'p'),(3,'q'),(null,'m') b(id,y) where b.id = a.id) z from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x)
= select x, (select count(*) from values (2,'p'),(3,'q'),(null,'m') b(id,y) where b.id = a.id) z from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x)
~fails-late select x, (select count(*) from values (2,'p'),(3,'q'),(null,'m') b(id,y) where b.id > a.id) z from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x)
= select (select max(id) from values (2,'p'),(3,'q'),(null,'m') b(id,y)) z
- select (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y)) z
= select (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y) where id > 5) z
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id = (select min(id) from values (2,'p'),(3,'q'),(null,'m') b(id,y))
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where (id, x) in (select id, 'b' from values (2,'p'),(3,'q'),(null,'m') b(id,y))
- select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id > all (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y))
- select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id = any (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y))
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id in (1, null)
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id not in (1, null)
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id between 1 and 2
= with c as (select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x)) select c1.x from c c1 join c c2 on c1.id = c2.id
= with c as (select 1 z), d as (select z + 1 y from c) select * from c, d
= with c(p, q) as (select 1, 2) select q from c
= with a as (select 1 z) select * from (with b as (select z + 1 y from a) select * from b)
~wrong-types select * from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) a1 where a1.id in (select max(id) from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) a2 group by a2.x)
= select x from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x) where id in (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y)) or x = 'n'
~fails-late select x, id in (select id from values (2,'p'),(3,'q'),(null,'m') b(id,y)) z from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x)
= select x, exists (select 1 from values (2,'p'),(3,'q'),(null,'m') b(id,y) where b.id = a.id) z from values (1,'a'),(2,'b'),(null,'n'),(2,'c') a(id,x)
= select a.* from values (1,'a') a(id,x) natural join values (1,'p') b(id,y)
= select n from (select b.*, 1 as n from values (1,'a') a(id,x) left join values (1,'p') b(id,y) using (id)) where n = 1
= select `a`.*, y from values (1,'a') a(id,x) join values (1,'p') b(id,y) using (`id`) -- both
= select count(a.id) z from values (1,'a') a(id,x) join values (1,'p') b(id,y) using (id)
= select id from values (1,'a') a(id,x) left join values (2,'p') b(id,y) using (id) where b.id is null
= select a.x from values (1,'a') a(id,x) union all select b.y from values (1,'a') a(id,x) join values (1,'p') b(id,y) using (id) join values (1,'q') c(id,z) on a.id = c.id
= select a.x, b.y, id from values (1,'a') a(id,x) join values (1,'p') b(id,y) using (id)
= select a.* from values (1,'a') a(id,x) where id in (select id from values (1,'p') b(id,y) join values (1,'q') c(id,z) using (id))
= select a.*, 1 as z from values (1,'a') a(id,x) union all select id, x, 2 from values (1,'a') a(id,x) join values (1,'p') b(id,y) using (id)
= select t.* from (select id, x, y from values (1,'a') a(id,x) join values (1,'p') b(id,y) using (id)) t
