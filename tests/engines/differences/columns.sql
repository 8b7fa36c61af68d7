= select case when i = 1 then i else d end z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select case when i = 2 then i else d end z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select case when i = 1 then d else i end z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select case when i=2 then i else c end z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select case when i=1 then c else i end z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select if(i=2,i,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select if(i=2,i,c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select if(i=2,i,l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select coalesce(d,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select coalesce(c,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select coalesce(i,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select coalesce(l,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nvl(d,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nvl(i,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nvl(c,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nvl(c,0) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select coalesce(c,0) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select coalesce(d,0) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select coalesce(s,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nvl(s,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nvl(s,0) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ifnull(c,0) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nvl2(d,i,c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select greatest(i,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select greatest(i,c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select least(i,c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select greatest(c,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select array(i,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select array(i,c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i + c z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i * c z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c / i z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i / c z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c / 2 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c * 1.5 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c + 1 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c - 0.5 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i / 2 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i / 3.0 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i * 1.1 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i + 0.5 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select d / 3 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select d * 1.1 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select d / 100.0 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c * d z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select l / i z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i / l z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i % 2 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c % 2 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select avg(c) over () z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select sum(c) over () z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select round(c,1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select round(d,1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select round(i / 3, 2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select round(i * 1.005, 2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ceil(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select floor(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select abs(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select -c z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c > i z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c = 2.5 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i = 1.0 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i in (1.0, 2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i between 0.5 and 1.5 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
! select s + 1 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
! select s * i z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select s > 5 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select s = 7 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select s < i z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
- select dt > s z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt = '2024-01-07' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt > '2024-01-01' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts > '2024-01-01' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts > dt z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts = '2024-01-07 10:00:00' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt = ts z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt between '2024-01-01' and '2024-02-01' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts between '2024-01-01' and '2024-02-01' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt - 1 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt + 1 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
~date-arithmetic select dt - dt z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts - ts z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
! select ts - dt z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
> select dt - date'2024-01-01' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt + i z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dt + interval 1 day z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts + interval 1 day z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
~date-arithmetic select dt + interval 1 hour z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts::date z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
- select ts + 1 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select datediff(ts, dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select date_trunc('month', dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select date_trunc('month', ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
- select date_trunc('month', s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select trunc(ts,'month') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(ts as string) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select ts || '' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select string(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select concat(ts, 'x') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select concat(d,'x') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(d as string) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(c as string) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c || 'x' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(b as int) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b and true z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select not b z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(dt as string) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select to_date(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select to_timestamp(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(dt as timestamp) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select year(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select date(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select hour(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select concat_ws(',', i, d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select concat_ws(',', s, i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select array(s, i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select map('a', i, 'b', d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select struct(i, d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
> select to_json(struct(i,d,c,dt,ts)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
> select to_json(named_struct('ts', ts)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i || '' z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select format_string('%s %s', i, ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select format_string('%s', d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
? select format_string('%.2f', d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select format_string('%d', l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select hash(i, l, s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select hash(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
~hash-of-decimal select hash(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select xxhash64(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select hash(dt, ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select md5(cast(i as string)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select sha2(s, 256) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select left(s,1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select initcap(s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select split(s, '') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select split(s, ',') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i::string z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select d::int z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c::int z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select l::int z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
- select cast(d * 1e10 as int) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select try_cast(s as int) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select int(s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(s as double) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(c as double) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(d as decimal(5,1)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(c as decimal(4,1)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(i as decimal(5,2)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(s as decimal(5,2)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select double(c) / 3 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select cast(i as double) / 3 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c / cast(3 as double) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select c / 3d z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i * 1.0 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i * 1.0d z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select 100.0 * i / 3 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select 100 * i / 3 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select i / cast(3 as decimal(5,2)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select mod(i,2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select pow(i,2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select sqrt(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select exp(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select count(*) over (partition by b) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select mean(c) over () z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select sum(i) over () / count(*) over () z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select sum(c) over () / count(*) over () z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select sum(c) over () / 2 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select unix_timestamp(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select unix_timestamp(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select from_unixtime(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select timestamp_seconds(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select timestamp_seconds(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select timestamp_seconds(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select last_day(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select months_between(ts, dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select add_months(ts, 1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select date_format(dt,'yyyy') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select date_format(ts,'yyyy-MM') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select weekofyear(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select dayofweek(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select extract(week from ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nullif(i, 1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nullif(c, 2.5) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select nanvl(d, 0) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select isnan(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select d = double('nan') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
! select array_contains(array(i,l), 1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
! select array_contains(array(c), 2.5) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select array_max(array(i,null)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select size(split(s,',')) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select element_at(array(i),1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
? select bround(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select rint(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select median(c) over () z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select approx_count_distinct(i) over () z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select avg(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select min(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, min(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select stddev(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, stddev(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(i)/count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(i)/count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(c)/count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(c)/count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(c)/sum(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(c)/sum(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(i)/sum(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(i)/sum(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(i * 0.5) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(i * 0.5) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(i * 1.1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(i * 1.1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(i * 1.1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(i * 1.1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(c * 1.1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(c * 1.1) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select round(avg(c),2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, round(avg(c),2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select round(avg(i),2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, round(avg(i),2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select round(sum(c)/count(*),2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, round(sum(c)/count(*),2) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(ts) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select min(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, min(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(b) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(b) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select collect_list(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, collect_list(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select collect_list(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, collect_list(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select percentile(c,0.5) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, percentile(c,0.5) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select median(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, median(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select count(distinct i, d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, count(distinct i, d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(case when b then 1 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(case when b then 1 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(case when b then i else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(case when b then i else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(case when b then d else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(case when b then d else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(case when b then c else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(case when b then c else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(if(b, d, 0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(if(b, d, 0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(if(b,c,0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(if(b,c,0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(case when b then 1 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(case when b then 1 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(case when b then 1.0 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(case when b then 1.0 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(case when b then 1.0 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(case when b then 1.0 else 0 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(case when not b then 1 else 0.5 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(case when not b then 1 else 0.5 end) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(if(b,1,0.5)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(if(b,1,0.5)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select 100.0 * sum(i) / count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, 100.0 * sum(i) / count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(i) * 100 / count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(i) * 100 / count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(i) * 1.0 / count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(i) * 1.0 / count(*) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select count(*) / 2.0 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, count(*) / 2.0 z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(c) - min(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(c) - min(c) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
~date-arithmetic select max(dt) - min(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
~date-arithmetic select b, max(dt) - min(dt) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select datediff(max(dt), min(dt)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, datediff(max(dt), min(dt)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(nvl(d,0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(nvl(d,0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(coalesce(c,0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(coalesce(c,0)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select corr(i,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, corr(i,d) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(cast(i as decimal(10,2))) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(cast(i as decimal(10,2))) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(struct(i,d)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(struct(i,d)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(struct(d,i)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(struct(d,i)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(named_struct('a',i)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(named_struct('a',i)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select min(array(d)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, min(array(d)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max(array(i)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max(array(i)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select max_by(s,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, max_by(s,i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select first(d, true) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, first(d, true) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select listagg(s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, listagg(s) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(l) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(ts - timestamp'2024-01-01') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(ts - timestamp'2024-01-01') z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select bool_and(b) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, bool_and(b) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select count_if(b) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, count_if(b) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select kurtosis(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, kurtosis(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select try_avg(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, try_avg(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select try_sum(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, try_sum(i) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(cast(i as tinyint)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(cast(i as tinyint)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select sum(cast(d as float)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, sum(cast(d as float)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
= select avg(cast(d as float)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b)
= select b, avg(cast(d as float)) z from values (1,1.5d,cast(2.5 as decimal(10,2)),'7',date'2024-01-07',timestamp'2024-01-07 10:00:00',3L,true),(2,null,null,null,null,null,null,null) t(i,d,c,s,dt,ts,l,b) group by b
