select o.order_id, c.name, o.amount from orders o join customers c on o.customer_id = c.customer_id order by o.order_id limit 50;

select c.customer_id, c.name, count(o.order_id) as orders from customers c left join orders o on c.customer_id = o.customer_id group by c.customer_id, c.name order by orders desc, c.customer_id;

select c.name from customers c left join orders o on c.customer_id = o.customer_id where o.order_id is null order by c.customer_id;

select c.customer_id, c.name from customers c left anti join orders o on o.customer_id = c.customer_id order by 1;

select c.customer_id from customers c left semi join orders o on o.customer_id = c.customer_id and o.status = 'returned' order by 1;

select p.category, sum(i.quantity) as sold, sum(i.quantity * i.unit_price) as revenue from order_items i join products p using (product_id) group by p.category order by revenue desc;

select * from order_items join products using (product_id) order by order_id, line_no limit 10;

select o.order_id, sum(i.quantity * i.unit_price) as items, o.amount from orders o join order_items i on i.order_id = o.order_id group by o.order_id, o.amount having abs(sum(i.quantity * i.unit_price) - o.amount) > 0.01 order by o.order_id;

select coalesce(c.country, 'unknown') as country, coalesce(sum(o.amount), 0) as revenue from orders o full outer join customers c on o.customer_id = c.customer_id group by 1 order by 1;

select e.name as employee, m.name as manager from employees e left join employees m on e.manager_id = m.emp_id order by e.emp_id;

select e.name, e.salary, m.salary as boss from employees e join employees m on e.manager_id = m.emp_id where e.salary > m.salary order by e.emp_id;

select m.name, count(*) as reports, avg(e.salary) as mean from employees e join employees m on e.manager_id = m.emp_id group by m.emp_id, m.name order by reports desc, m.name;

select a.name, b.name from employees a join employees b on a.department = b.department and a.emp_id < b.emp_id and a.hired_on = b.hired_on;

select * from customers where customer_id in (select customer_id from orders where amount > 1500) order by customer_id;

select name from customers c where exists (select 1 from orders o where o.customer_id = c.customer_id and o.channel = 'store') order by c.customer_id;

select name from customers c where not exists (select * from orders o where o.customer_id = c.customer_id and o.order_date >= date'2024-06-01') order by c.customer_id;

select name, price from products where price > (select avg(price) from products) order by price desc, product_id;

select name, category, price from products p where price = (select max(price) from products q where q.category = p.category) order by product_id;

select department, name, salary from employees e where salary > (select avg(salary) from employees x where x.department = e.department) order by emp_id;

select customer_id, (select count(*) from orders o where o.customer_id = c.customer_id) as orders from customers c order by customer_id;

select customer_id, (select max(order_date) from orders o where o.customer_id = c.customer_id) as last_order from customers c order by customer_id;

select o.order_id, (select count(*) from orders p where p.customer_id = o.customer_id and p.order_id < o.order_id) as before from orders o order by o.order_id limit 40;

with big as (select customer_id, sum(amount) as spent from orders where status <> 'cancelled' group by customer_id) select c.segment, count(*) as customers, avg(b.spent) as mean from big b join customers c on c.customer_id = b.customer_id group by c.segment order by c.segment;

with a as (select customer_id, min(order_date) as first_day from orders group by customer_id), b as (select customer_id, max(order_date) as last_day from orders group by customer_id) select a.customer_id, first_day, last_day, datediff(last_day, first_day) as span from a join b using (customer_id) order by span desc, customer_id;

select customer_id from orders where channel = 'web' intersect select customer_id from orders where channel = 'store' order by customer_id;

select customer_id from customers except select customer_id from orders order by customer_id;

select city from customers where country = 'DE' union select city from customers where country = 'AT' order by city;

select customer_id from orders where channel = 'web' minus select customer_id from orders where channel = 'app' order by 1;

select product_id from order_items where quantity > 5 intersect all select product_id from order_items where discount > 0 order by product_id;

select c.country, p.category, sum(i.quantity) as sold from customers c join orders o on o.customer_id = c.customer_id join order_items i on i.order_id = o.order_id join products p on p.product_id = i.product_id group by c.country, p.category order by c.country, p.category;

select p.product_id, p.name from products p where p.product_id not in (select product_id from order_items where product_id is not null) order by 1;

select a.country, b.category from (select distinct country from customers) a cross join (select distinct category from products) b order by 1, 2;

select o.*, c.country from orders o inner join customers c on c.customer_id = o.customer_id where c.country = 'FR' order by o.order_id limit 5;

select t.tx_id, t.amount, o.order_id from transactions t join orders o on abs(t.amount) = o.amount order by t.tx_id, o.order_id limit 20;

select r.sensor_id, r.measured_at, b.band from readings r join (values ('cold', -50.0, 10.0), ('mild', 10.0, 22.0), ('hot', 22.0, 100.0)) as b(band, low, high) on r.temperature >= b.low and r.temperature < b.high order by r.sensor_id, r.measured_at limit 60;

select e.event_id, w.name from events e left join customers w on e.user_id = w.customer_id and w.is_active order by e.event_id limit 30;

select c.customer_id, o.order_id from customers c join lateral (select order_id from orders o where o.customer_id = c.customer_id order by order_date desc, order_id limit 2) o order by 1, 2;

select c.customer_id, s.n, s.total from customers c, lateral (select count(*) as n, sum(amount) as total from orders o where o.customer_id = c.customer_id) s order by c.customer_id;

select x.order_id, y.order_id as next_order from orders x left join orders y on x.customer_id = y.customer_id and y.order_date = date_add(x.order_date, 1) order by x.order_id, y.order_id limit 50;

select i.product_id, j.product_id as other, count(*) as together from order_items i join order_items j on i.order_id = j.order_id and i.product_id < j.product_id group by i.product_id, j.product_id having count(*) >= 3 order by together desc, 1, 2;

select /*+ broadcast(p) */ p.name, sum(i.quantity) as sold from order_items i join products p on i.product_id = p.product_id group by p.name order by sold desc, p.name limit 10;

select c.name, o.order_id from customers c right join orders o on c.customer_id = o.customer_id where c.customer_id is null order by o.order_id;

select d.department, coalesce(n, 0) as n from (select distinct department from employees) d left join (select department, count(*) as n from employees where rating > 4.5 group by department) r on d.department <=> r.department order by 1;

select count(*) from orders o, customers c where o.customer_id = c.customer_id and c.segment = 'gold';

select country, max(spent) from (select c.country, c.customer_id, sum(o.amount) as spent from customers c join orders o on o.customer_id = c.customer_id group by c.country, c.customer_id) group by country order by country;

select * from (select customer_id, name from customers where segment = 'gold') g natural join (select customer_id, count(*) as n from orders group by customer_id) o order by customer_id;

select order_id from orders where (customer_id, order_date) in (select customer_id, max(order_date) from orders group by customer_id) order by order_id;

select order_id, amount from orders where amount >= (select max(credit_limit) / 8 from customers) order by order_id;

with recursive chain as (select emp_id, name, manager_id, 1 as level from employees where manager_id is null union all select e.emp_id, e.name, e.manager_id, c.level + 1 from employees e join chain c on e.manager_id = c.emp_id) select level, count(*) as n from chain group by level order by level;

select week.d, count(o.order_id) as n from (select explode(sequence(date'2024-05-01', date'2024-05-14', interval 1 day)) as d) week left join orders o on o.order_date = week.d group by week.d order by week.d;

select count(*) as orphans from order_items i left join orders o on i.order_id = o.order_id where o.order_id is null;

select o.customer_id, o.order_id, p.total from orders o join (select customer_id, sum(amount) as total from orders group by customer_id) p on p.customer_id = o.customer_id where o.amount > 0.5 * p.total order by o.order_id;

select id, name, kind from (select customer_id as id, name, 'customer' as kind from customers union all select emp_id, name, 'employee' from employees) order by kind, id;

select a.account_id, b.tx_id from (select account_id, max(booked_at) as latest from transactions group by account_id) a join transactions b on b.account_id = a.account_id and b.booked_at = a.latest order by 1, 2;

select e.user_id, count(*) as n from events e where e.user_id in (select customer_id from customers where country = 'JP') and e.event_type = 'purchase' group by e.user_id order by e.user_id;

select c.customer_id, c.name, case when o.n is null then 'never' when o.n = 1 then 'once' else 'often' end as buyer from customers c left join (select customer_id, count(*) as n from orders group by customer_id) o using (customer_id) order by c.customer_id;

select c.customer_id from customers c where (select count(*) from orders o where o.customer_id = c.customer_id) > 8 order by 1;

select count(*) from (select customer_id from orders where status = 'paid' union select user_id from events where event_type = 'purchase');

select p.name, o.first_sold from products p left outer join (select i.product_id, min(o.order_date) as first_sold from order_items i join orders o on o.order_id = i.order_id group by i.product_id) o on o.product_id = p.product_id order by p.product_id;

select l.host, l.status, r.n from weblogs l join (select host, count(*) as n from weblogs group by host) r on l.host = r.host where l.status = 500 order by l.host, l.status limit 20;
