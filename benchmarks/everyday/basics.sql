select * from customers where country = 'DE' order by customer_id limit 20;

select count(*) from orders;

select status, count(*) as orders from orders group by status order by orders desc, status;

select distinct channel from orders order by channel;

select customer_id, name, email from customers where email is null or trim(email) = '';

select country, count(distinct city) as cities from customers group by country having count(distinct city) > 2 order by country;

select category, min(price), max(price), avg(price) from products group by category;

select category, round(avg(price), 2) as avg_price from products group by category order by avg_price desc;

select order_id, amount, case when amount >= 500 then 'large' when amount >= 100 then 'medium' else 'small' end as size from orders where amount is not null;

select coalesce(coupon, 'none') as coupon, count(*) n from orders group by 1 order by 2 desc, 1;

select channel, sum(amount) as revenue, sum(amount) / count(*) as per_order from orders group by channel;

select * from orders where order_date between '2024-03-01' and '2024-03-31' and status in ('paid', 'shipped') order by order_id;

select name, salary, salary * 12 as yearly from employees where salary > 4000 order by salary desc, name;

select department, count(*) as heads, sum(salary) as payroll from employees group by department order by payroll desc nulls last;

select department, count(*) filter (where rating >= 4) as good, count(*) as total from employees group by department;

select count(*) as total, count(bonus) as with_bonus, count(*) - count(bonus) as without_bonus from employees;

select nullif(bonus, 0) as bonus, name from employees order by emp_id;

select name from products where name like '%Pro%' order by name;

select name from products where lower(name) like 'a%' or name ilike '%mini%' order by name;

select * from products where category not in ('Books', 'Toys') and price < 50 order by price, product_id;

select country, segment, count(*) as n from customers group by country, segment order by country, segment;

select country, segment, count(*) as n from customers group by all order by all;

select country, segment, count(*) as n from customers group by rollup(country, segment) order by country nulls first, segment nulls first;

select country, segment, grouping(country) as g, count(*) n from customers group by cube(country, segment);

select channel, status, sum(amount) total from orders group by grouping sets ((channel, status), (channel), ());

select if(is_active, 'active', 'gone') as state, count(*) from customers group by if(is_active, 'active', 'gone');

select sum(case when status = 'cancelled' then 1 else 0 end) * 100.0 / count(*) as cancelled_percent from orders;

select round(100.0 * sum(if(status = 'returned', 1, 0)) / count(*), 1) as returned_percent from orders;

select max(amount) - min(amount) as spread, avg(amount) as mean, stddev(amount) as sd from orders;

select * from (select order_id, amount from orders order by amount desc nulls last, order_id limit 10) order by amount, order_id;

select * from orders order by order_id limit 10 offset 20;

select order_id, greatest(amount, 100) as at_least, least(amount, 1000) as at_most from orders;

select ifnull(phone, 'unknown') phone, nvl(city, 'nowhere') city from customers order by customer_id;

select nvl2(phone, 'reachable', 'no phone') as contact, count(*) from customers group by 1;

select bool_and(is_active) as all_active, bool_or(is_active) as any_active, country from customers group by country;

select count_if(quantity > 3) as bulk, count(*) as lines from order_items;

select any_value(category) is not null as has, count(*) from products;

select first_value(name) as cheapest from (select name from products where price is not null order by price, product_id limit 1);

select max_by(name, salary) as best_paid, min_by(name, salary) as worst_paid, department from employees where salary is not null group by department;

select product_id, price, cost, price - cost as margin, (price - cost) / price as margin_rate from products where price > 0;

select sensor_id, count(*) n, avg(temperature) avg_t, min(temperature) min_t, max(temperature) max_t from readings group by sensor_id order by sensor_id;

select status, bytes from weblogs where status >= 400 and bytes > 0 order by bytes desc, status limit 15;

select status div 100 as class, count(*) as hits, sum(bytes) as traffic from weblogs group by status div 100 order by class;

select url, count(*) hits, count(distinct host) as visitors from weblogs group by url having count(*) >= 5 order by hits desc, url;

select concat(status, ' ', count(*)) as line from weblogs group by status order by status;

select device, event_type, count(1) as n from events group by device, event_type order by device, event_type;

select event_type, sum(revenue) as revenue from events where revenue is not null group by event_type order by revenue desc;

select currency, kind, sum(amount) as total, count(*) as n from transactions group by currency, kind order by currency, kind;

select account_id, sum(if(amount > 0, amount, 0)) as paid_in, sum(if(amount < 0, -amount, 0)) as paid_out from transactions group by account_id order by account_id;

select account_id, count(*) as n from transactions where merchant is null group by account_id having n > 2 order by n desc, account_id;

select * except (attributes, tags) from customers order by customer_id limit 5;

select 'orders' as what, count(*) as n from orders union all select 'customers', count(*) from customers union all select 'products', count(*) from products order by what;

select quantity, quantity % 2 = 0 as even, pmod(quantity - 5, 3) as rest from order_items order by order_id, line_no limit 50;

select abs(amount) as size, sign(amount) as direction, tx_id from transactions order by abs(amount) desc, tx_id limit 25;

select decode(status, 'paid', 'P', 'shipped', 'S', 'other') as code, count(*) from orders group by 1 order by 1;

select status <=> null as missing, count(*) from orders group by status <=> null;

select not is_active as gone, count(*) from customers where is_active is not null group by not is_active;

select name, weight_kg from products where weight_kg is null or isnan(weight_kg) order by product_id;

select sum(quantity * unit_price) as gross, sum(quantity * unit_price * (1 - discount)) as net from order_items;

select order_id, sum(quantity * unit_price) as total from order_items group by order_id order by total desc, order_id limit 10;

select department, avg(salary) as mean, median(salary) as middle from employees group by department order by department;

select mode(device) as usual from events where device = 'mobile';

select country, string(count(*)) as n from customers group by country order by country;

select amount > 100 and status = 'paid' as good, count(*) from orders group by 1 order by 1;

select case channel when 'web' then 1 when 'app' then 2 when 'store' then 3 end as code, count(*) from orders group by 1 order by 1;

select case when weight_kg > 10 then weight_kg else 0 end as heavy from products order by product_id;

select product_id, coalesce(weight_kg, 0) as weight, coalesce(cost, price * 0.6) as cost from products order by product_id;

select approx_count_distinct(country) as countries from customers;

select segment, avg(if(is_active, 1, 0)) as active_share, avg(credit_limit) as limit_mean from customers group by segment order by segment;

select every(amount > 0) as all_positive, some(amount > 5000) as some_large from orders where amount is not null;
