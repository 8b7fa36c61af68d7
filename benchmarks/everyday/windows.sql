select order_id, customer_id, row_number() over (partition by customer_id order by order_date, order_id) as nth from orders;

select * from (select *, row_number() over (partition by customer_id order by order_date desc, order_id desc) as rn from orders) where rn = 1 order by customer_id;

select department, name, salary, rank() over (partition by department order by salary desc) as place from employees order by department, place, name;

select department, name, dense_rank() over (partition by department order by salary desc nulls last) as place from employees;

select * from (select name, category, price, dense_rank() over (partition by category order by price desc) as r from products) t where r <= 3 order by category, r, name;

select order_date, sum(amount) as day_total, sum(sum(amount)) over (order by order_date) as running from orders group by order_date order by order_date;

select order_id, amount, sum(amount) over (partition by customer_id order by order_date, order_id rows between unbounded preceding and current row) as so_far from orders order by order_id;

select order_date, total, avg(total) over (order by order_date rows between 6 preceding and current row) as week_mean from (select order_date, sum(amount) as total from orders group by order_date) order by order_date;

select customer_id, order_id, order_date, lag(order_date) over (partition by customer_id order by order_date, order_id) as previous from orders;

select customer_id, order_id, datediff(order_date, lag(order_date) over (partition by customer_id order by order_date, order_id)) as gap_days from orders;

select customer_id, order_id, lead(order_date, 1) over (partition by customer_id order by order_date, order_id) as next_order from orders;

select sensor_id, measured_at, temperature - lag(temperature, 1, 0) over (partition by sensor_id order by measured_at) as change from readings;

select sensor_id, measured_at, avg(temperature) over (partition by sensor_id order by measured_at rows between 2 preceding and 2 following) as smooth from readings;

select name, salary, ntile(4) over (order by salary desc, emp_id) as quarter from employees;

select name, salary, percent_rank() over (order by salary) as pr, cume_dist() over (order by salary) as cd from employees;

select department, name, salary, first_value(name) over (partition by department order by salary desc, emp_id) as top from employees;

select department, name, last_value(name) over (partition by department order by salary, emp_id rows between unbounded preceding and unbounded following) as top from employees;

select department, name, nth_value(name, 2) over (partition by department order by salary desc, emp_id rows between unbounded preceding and unbounded following) as second from employees;

select name, department, salary, salary / sum(salary) over (partition by department) as share from employees;

select name, salary, avg(salary) over () as mean, salary - avg(salary) over () as off from employees;

select order_id, amount, max(amount) over (partition by customer_id) as largest, amount = max(amount) over (partition by customer_id) as is_largest from orders;

select order_id, customer_id, count(*) over (partition by customer_id) as n from orders order by order_id;

select tx_id, account_id, sum(amount) over (partition by account_id order by booked_at, tx_id) as balance from transactions;

select tx_id, account_id, booked_at, amount, sum(amount) over w as balance, row_number() over w as n from transactions window w as (partition by account_id order by booked_at, tx_id);

select order_id, customer_id, amount from orders qualify row_number() over (partition by customer_id order by amount desc nulls last, order_id) = 1;

select product_id, name, category, price from products qualify rank() over (partition by category order by price) <= 2 order by category, price, product_id;

select user_id, event_id, event_time, event_type, lag(event_type) over (partition by user_id order by event_time, event_id) as before, lead(event_type) over (partition by user_id order by event_time, event_id) as after from events;

select user_id, event_id, unix_timestamp(event_time) - unix_timestamp(lag(event_time) over (partition by user_id order by event_time, event_id)) as idle from events;

select sensor_id, measured_at, last_value(temperature, true) over (partition by sensor_id order by measured_at rows between unbounded preceding and current row) as filled from readings;

select sensor_id, measured_at, last(temperature) ignore nulls over (partition by sensor_id order by measured_at) as filled from readings;

select sensor_id, measured_at, coalesce(humidity, lag(humidity) ignore nulls over (partition by sensor_id order by measured_at)) as humidity from readings;

select customer_id, month, total, total - lag(total) over (partition by customer_id order by month) as change from (select customer_id, trunc(order_date, 'MM') as month, sum(amount) as total from orders group by customer_id, trunc(order_date, 'MM'));

with m as (select date_format(order_date, 'yyyy-MM') as month, sum(amount) as total from orders group by 1) select month, total, round((total - lag(total) over (order by month)) / lag(total) over (order by month) * 100, 2) as growth from m order by month;

select channel, order_date, sum(amount) as total, rank() over (partition by channel order by sum(amount) desc) as r from orders group by channel, order_date having sum(amount) is not null order by channel, r, order_date;

select sensor_id, measured_at, temperature, stddev(temperature) over (partition by sensor_id order by measured_at rows between 9 preceding and current row) as sd from readings;

select sensor_id, measured_at, (temperature - avg(temperature) over (partition by sensor_id)) / stddev_pop(temperature) over (partition by sensor_id) as z from readings where temperature is not null;

select sensor_id, measured_at, min(temperature) over (partition by sensor_id order by measured_at range between interval 6 hours preceding and current row) as low from readings;

select order_date, total, sum(total) over (order by order_date range between interval 6 days preceding and current row) as week from (select order_date, sum(amount) as total from orders group by order_date);

select customer_id, order_date, count(*) over (partition by customer_id order by order_date range between 30 preceding and current row) as recent from orders;

select customer_id, order_id, collect_list(order_id) over (partition by customer_id order by order_date, order_id) as so_far from orders;

select customer_id, order_id, sum(case when status = 'returned' then 1 else 0 end) over (partition by customer_id order by order_date, order_id rows between unbounded preceding and 1 preceding) as returns_before from orders;

select emp_id, name, hired_on, row_number() over (order by hired_on, emp_id) as seniority from employees order by seniority;

select department, count(*) as n, rank() over (order by count(*) desc) as place from employees group by department;

select country, customer_id, spent, round(100 * spent / sum(spent) over (partition by country), 2) as percent from (select c.country, c.customer_id, sum(o.amount) as spent from customers c join orders o using (customer_id) group by c.country, c.customer_id);

select *, sum(revenue) over (order by revenue desc, product_id) / sum(revenue) over () as cumulative from (select product_id, sum(quantity * unit_price) as revenue from order_items group by product_id) order by revenue desc, product_id;

select host, status, n from (select host, status, count(*) as n, row_number() over (partition by host order by count(*) desc, status) as k from weblogs group by host, status) where k = 1 order by host;

select distinct department, avg(salary) over (partition by department) as mean, max(salary) over (partition by department) as top from employees order by department;

select account_id, tx_id, amount, amount > 2 * avg(abs(amount)) over (partition by account_id) as unusual from transactions;

select account_id, tx_id, kind, max(if(kind = 'salary', booked_at, null)) over (partition by account_id order by booked_at, tx_id) as last_salary from transactions;

select sensor_id, measured_at, sum(if(status = 0, 0, 1)) over (partition by sensor_id order by measured_at) as failures_so_far from readings;

select sensor_id, min(measured_at) as since, count(*) as n from (select *, row_number() over (partition by sensor_id order by measured_at) - row_number() over (partition by sensor_id, status order by measured_at) as island from readings) group by sensor_id, status, island having count(*) > 3 order by sensor_id, since;

select customer_id, order_id, amount, round(avg(amount) over (partition by customer_id order by order_id rows 2 preceding), 2) as last_three from orders;

select category, name, price, price - min(price) over (partition by category) as above_cheapest, price / avg(price) over (partition by category) as relative from products;

select order_id, customer_id, order_date, first(channel) over (partition by customer_id order by order_date, order_id) as first_channel from orders;

select name, salary, lag(salary, 2) over (order by salary, emp_id) as two_below, lead(salary, 2, -1) over (order by salary, emp_id) as two_above from employees;

select event_id, user_id, count(*) over (partition by user_id, date(event_time)) as that_day from events order by event_id limit 100;

select customer_id, sum(amount) as spent, ntile(10) over (order by sum(amount) desc nulls last, customer_id) as decile from orders group by customer_id;

select order_id, min(order_date) over (partition by customer_id) as first_day, months_between(order_date, min(order_date) over (partition by customer_id)) as months from orders;

select user_id, event_time, any_value(device) over (partition by user_id order by event_time, event_id) is null as nodevice from events;

select distinct user_id, size(collect_set(event_type) over (partition by user_id)) as kinds from events order by user_id;
