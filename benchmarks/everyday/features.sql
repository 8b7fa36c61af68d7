select customer_id, count(*) as orders, sum(amount) as spent, avg(amount) as mean, max(amount) as largest, stddev(amount) as sd, datediff(date'2024-07-01', max(order_date)) as recency from orders group by customer_id order by customer_id;

select customer_id, int(segment = 'gold') as is_gold, int(segment = 'silver') as is_silver, int(segment = 'bronze') as is_bronze from customers order by customer_id;

select customer_id, case when country = 'DE' then 1 else 0 end as de, case when country = 'FR' then 1 else 0 end as fr, cast(is_active as int) as active from customers order by customer_id;

select order_id, ln(1 + amount) as logged, log10(amount + 1) as l10, sqrt(amount) as root from orders where amount >= 0 order by order_id;

select order_id, log(amount) as l, log(2, amount) as l2, exp(-amount / 1000) as decay from orders where amount > 0 order by order_id;

select sensor_id, measured_at, (temperature - min(temperature) over ()) / (max(temperature) over () - min(temperature) over ()) as scaled from readings;

with s as (select avg(temperature) as mean, stddev(temperature) as sd from readings) select sensor_id, measured_at, (temperature - s.mean) / s.sd as z from readings cross join s where temperature is not null;

select sensor_id, measured_at, coalesce(temperature, avg(temperature) over (partition by sensor_id)) as temperature from readings;

select customer_id, coalesce(credit_limit, (select avg(credit_limit) from customers)) as credit_limit, int(credit_limit is null) as was_missing from customers order by customer_id;

select sin(2 * pi() * hour(event_time) / 24) as hour_sin, cos(2 * pi() * hour(event_time) / 24) as hour_cos, event_id from events order by event_id limit 100;

select sensor_id, measured_at, temperature as t0, lag(temperature, 1) over w as t1, lag(temperature, 2) over w as t2, lag(temperature, 3) over w as t3, lead(temperature) over w as target from readings window w as (partition by sensor_id order by measured_at);

select sensor_id, measured_at, avg(temperature) over (partition by sensor_id order by measured_at rows between 12 preceding and 1 preceding) as mean12, max(temperature) over (partition by sensor_id order by measured_at rows between 12 preceding and 1 preceding) as max12 from readings;

select *, if(pmod(hash(customer_id), 10) < 8, 'train', 'test') as part from (select customer_id, segment from customers) order by customer_id;

select customer_id, if(abs(hash(customer_id)) % 100 < 80, 'train', 'valid') as part from customers order by customer_id;

select pmod(xxhash64(customer_id, 'salt'), 5) as fold, count(*) as n from customers group by 1 order by 1;

select count(*) between 0 and 1500 as ok from orders where rand() < 0.1;

select count(*) as n from (select * from orders order by rand() limit 100);

select order_id, amount from orders where rand(42) < 0.2 order by order_id;

select count(*) > 0 as some from orders tablesample (50 percent);

select count(*) as n from orders tablesample (100 rows);

select * from (select *, row_number() over (partition by segment order by xxhash64(customer_id)) as k from customers) where k <= 10 order by customer_id;

select user_id, sum(int(event_type = 'view')) as views, sum(int(event_type = 'cart')) as carts, count(distinct device) as devices, avg(duration_ms) as mean_ms, max(revenue) as top_revenue from events group by user_id order by user_id;

select user_id, avg(hour(event_time)) as usual_hour, stddev_pop(hour(event_time)) as hour_sd, sum(int(dayofweek(event_time) in (1, 7))) / count(*) as weekend_share from events group by user_id order by user_id;

select kurtosis(temperature) as k, skewness(temperature) as s, variance(temperature) as v, var_pop(temperature) as vp from readings;

select array(temperature, humidity, cast(status as double)) as features, sensor_id from readings where temperature is not null and humidity is not null order by sensor_id, measured_at;

select split(lower(regexp_replace(name, '[^A-Za-z ]', '')), ' ') as tokens, product_id from products order by product_id;

select word, count(*) as n, count(distinct product_id) as docs from (select product_id, explode(split(lower(name), ' ')) as word from products) group by word order by n desc, word;

with w as (select product_id, explode(split(lower(name), '\\s+')) as word from products), d as (select word, count(distinct product_id) as df from w group by word), n as (select count(*) as total from products) select w.product_id, w.word, count(*) * ln(n.total / d.df) as tfidf from w join d using (word) cross join n group by w.product_id, w.word, n.total, d.df order by 1, 2;

select dense_rank() over (order by country) - 1 as country_index, country, customer_id from customers where country is not null order by customer_id;

select c.customer_id, c.segment, t.rate as segment_rate from customers c join (select segment, avg(int(is_active)) as rate from customers group by segment) t using (segment) order by c.customer_id;

select case when rating < 2.5 then 'low' when rating < 4 then 'mid' when rating is null then 'none' else 'high' end as band, count(*) as n, avg(salary) as mean from employees group by 1 order by 1;

select 1 / (1 + exp(-(0.3 * rating - 1))) as p, emp_id from employees where rating is not null order by emp_id;

select customer_id, sum(amount * pow(0.5, datediff(date'2024-07-01', order_date) / 30.0)) as decayed from orders where amount is not null group by customer_id order by customer_id;

select count(*) as n, count(temperature) as present, round(1 - count(temperature) / count(*), 4) as missing, approx_count_distinct(sensor_id) as sensors from readings;

select label, prediction, count(*) as n from (select int(amount > 0) as label, int(abs(amount) > 200) as prediction from transactions) group by label, prediction order by label, prediction;
