create or replace temporary view gold as select * from customers where segment = 'gold';
select count(*) as n from gold;

create temp view recent as select * from orders where order_date >= '2024-05-01';
select channel, count(*) as n from recent group by channel order by channel;

create table daily as select order_date, count(*) as n, sum(amount) as total from orders group by order_date;
select * from daily order by order_date;

create table if not exists visits (host string, day date, hits bigint);
insert into visits select host, to_date(ts, 'dd/MMM/yyyy:HH:mm:ss'), count(*) from weblogs group by 1, 2;
select * from visits order by host, day;

create table grades (id int, grade string) using parquet;
insert into grades values (1, 'good'), (2, 'fair'), (3, null);
select * from grades order by id;

create table by_channel using parquet partitioned by (channel) as select order_id, amount, channel from orders where channel is not null;
select channel, count(*) as n, sum(amount) as total from by_channel group by channel order by channel;

create table stock (product_id int, quantity int);
insert into stock (product_id, quantity) values (1, 10), (2, 20);
insert overwrite stock select product_id, quantity + 1 from stock;
select * from stock order by product_id;

create table names (first string, last string);
insert into names (last, first) values ('Lovelace', 'Ada'), ('Hopper', 'Grace');
select * from names order by last;

create database if not exists mart;
create table mart.totals as select customer_id, sum(amount) as total from orders group by customer_id;
select count(*) as n, sum(total) as total from mart.totals;

create table dropped as select 1 as a;
drop table dropped;
drop table if exists dropped;
select 'gone' as state;

create table notes (id bigint, note string comment 'as it was said') comment 'remarks of support';
insert into notes select customer_id, concat('called ', name) from customers where phone is not null;
select * from notes order by id limit 5;

create table latest as select max(order_date) as day from orders;
select * from latest;

create table copies as select * from products where category = 'Books';
insert into copies select * from products where category = 'Toys';
select category, count(*) as n from copies group by category order by category;

create table cents (id string, cents bigint);
insert into cents select tx_id, cast(amount * 100 as bigint) from transactions;
select sum(cents) as total from cents;

create table defaults (id int, state string default 'new');
insert into defaults (id) values (1), (2);
select * from defaults order by id;

create view top_products as select product_id, sum(quantity) as sold from order_items group by product_id having sum(quantity) > 20;
select * from top_products order by product_id;

create temporary view a_view as select 1 as x;
drop view a_view;
create temporary view a_view as select 2 as x;
select x from a_view;

create table days (day date, n int) using parquet partitioned by (day);
insert into days values (date'2024-01-01', 1), (date'2024-01-02', 2);
insert into days partition (day = '2024-01-03') values (3);
select day, n from days order by day;

create table merged as select product_id, name, price from products where product_id <= 5;
create table changes as select product_id, price * 2 as price from products where product_id in (2, 3);
select m.product_id, m.name, coalesce(c.price, m.price) as price from merged m left join changes c using (product_id) order by m.product_id;

create table typed as select cast(order_id as string) as id, cast(amount as double) as amount, date_format(order_date, 'yyyyMMdd') as day from orders;
select day, sum(amount) as total from typed group by day order by day;

create table shown (a int, b string) stored as parquet;
insert into shown select 1, 'x';
select b, a from shown;

with newest as (select *, row_number() over (partition by user_id order by event_time desc, event_id desc) as k from events) select event_id, user_id, event_type from newest where k = 1 order by user_id;

select * from values (1, 'a'), (2, 'b'), (3, null) as t(id, label) order by id;

select id, id * id as square from range(1, 11) order by id;

select current_date() = to_date(current_timestamp()) as same, current_database() is not null as known;
