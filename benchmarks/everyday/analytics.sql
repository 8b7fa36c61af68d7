with firsts as (select customer_id, trunc(min(order_date), 'MM') as cohort from orders group by customer_id), active as (select distinct customer_id, trunc(order_date, 'MM') as month from orders) select f.cohort, cast(months_between(a.month, f.cohort) as int) as age, count(distinct a.customer_id) as customers from firsts f join active a using (customer_id) group by 1, 2 order by 1, 2;

with c as (select customer_id, date_trunc('month', signup_date) as cohort from customers), o as (select customer_id, date_trunc('month', order_date) as month from orders) select c.cohort, count(distinct c.customer_id) as size, count(distinct if(o.month = c.cohort, o.customer_id, null)) as first_month, count(distinct if(o.month = add_months(c.cohort, 1), o.customer_id, null)) as second_month from c left join o on o.customer_id = c.customer_id group by c.cohort order by c.cohort;

with marked as (select *, case when unix_timestamp(event_time) - unix_timestamp(lag(event_time) over (partition by user_id order by event_time, event_id)) > 1800 then 1 else 0 end as fresh from events), numbered as (select *, sum(fresh) over (partition by user_id order by event_time, event_id) as session from marked) select user_id, session, min(event_time) as start, max(event_time) as stop, count(*) as n from numbered group by user_id, session order by user_id, session;

with gaps as (select user_id, event_time, event_id, lag(event_time) over (partition by user_id order by event_time, event_id) as prior from events) select user_id, sum(if(prior is null or event_time > prior + interval 30 minutes, 1, 0)) as sessions from gaps group by user_id order by user_id;

with s as (select session_id, min(event_time) as start, max(event_time) as stop, count(*) as n from events where session_id is not null group by session_id) select avg(unix_timestamp(stop) - unix_timestamp(start)) as mean_seconds, avg(n) as mean_events, sum(if(n = 1, 1, 0)) / count(*) as bounce from s;

select count(distinct if(event_type = 'view', user_id, null)) as viewed, count(distinct if(event_type = 'cart', user_id, null)) as carted, count(distinct if(event_type = 'purchase', user_id, null)) as bought from events;

with steps as (select user_id, min(case when event_type = 'view' then event_time end) as viewed, min(case when event_type = 'cart' then event_time end) as carted, min(case when event_type = 'purchase' then event_time end) as bought from events group by user_id) select count(viewed) as v, count(case when carted > viewed then 1 end) as c, count(case when bought > carted and carted > viewed then 1 end) as b from steps;

with steps as (select user_id, max(event_type = 'view') as v, max(event_type = 'cart') as c, max(event_type = 'purchase') as p from events group by user_id) select round(sum(int(v and c)) / sum(int(v)), 3) as view_to_cart, round(sum(int(c and p)) / sum(int(c)), 3) as cart_to_purchase from steps;

select * from (select channel, status, amount from orders) pivot (sum(amount) for status in ('paid', 'shipped', 'returned', 'cancelled')) order by channel;

select * from (select country, segment from customers) pivot (count(*) for segment in ('gold' as gold, 'silver' as silver, 'bronze' as bronze)) order by country;

select * from (select month(order_date) as m, channel, amount from orders) pivot (sum(amount) as total, count(*) as n for channel in ('web', 'app')) order by m;

select sensor_id, what, value from (select sensor_id, avg(temperature) as temperature, avg(humidity) as humidity from readings group by sensor_id) unpivot (value for what in (temperature, humidity)) order by sensor_id, what;

select category, sum(if(month(order_date) = 1, quantity, 0)) as jan, sum(if(month(order_date) = 2, quantity, 0)) as feb, sum(if(month(order_date) = 3, quantity, 0)) as mar from order_items join orders using (order_id) join products using (product_id) group by category order by category;

select percentile(amount, 0.5) as median, percentile(amount, array(0.25, 0.75, 0.95)) as others from orders;

select channel, percentile_approx(amount, 0.5) as median, percentile_approx(amount, 0.9) as p90 from orders group by channel order by channel;

select channel, approx_percentile(amount, array(0.25, 0.5, 0.75), 1000) as quarters from orders group by channel order by channel;

select percentile_cont(0.5) within group (order by salary) as median, percentile_disc(0.9) within group (order by salary) as p90 from employees;

select event_type, percentile(duration_ms, 0.95) as p95, max(duration_ms) as worst from events where duration_ms is not null group by event_type order by event_type;

with r as (select customer_id, datediff(date'2024-07-01', max(order_date)) as recency, count(*) as frequency, sum(amount) as monetary from orders where status <> 'cancelled' group by customer_id) select customer_id, ntile(5) over (order by recency desc, customer_id) as r, ntile(5) over (order by frequency, customer_id) as f, ntile(5) over (order by monetary, customer_id) as m from r order by customer_id;

with r as (select customer_id, sum(amount) as spent from orders group by customer_id), q as (select *, percent_rank() over (order by spent) as p from r) select case when p >= 0.8 then 'A' when p >= 0.5 then 'B' else 'C' end as class, count(*) as n, sum(spent) as total from q group by 1 order by 1;

select count(distinct user_id) as mau, trunc(event_time, 'MM') as month from events group by trunc(event_time, 'MM') order by month;

with days as (select distinct user_id, date(event_time) as day from events) select a.day, count(distinct a.user_id) as dau, count(distinct b.user_id) as wau from days a join days b on b.day between a.day - interval 6 days and a.day group by a.day order by a.day;

with firsts as (select user_id, min(date(event_time)) as first_day from events group by user_id) select f.first_day, count(distinct f.user_id) as users, count(distinct e.user_id) as back_next_day from firsts f left join events e on e.user_id = f.user_id and date(e.event_time) = date_add(f.first_day, 1) group by f.first_day order by f.first_day;

with days as (select distinct user_id, to_date(event_time) as day from events), runs as (select user_id, day, date_sub(day, row_number() over (partition by user_id order by day)) as run from days) select user_id, max(n) as longest from (select user_id, run, count(*) as n from runs group by user_id, run) group by user_id order by longest desc, user_id limit 20;

with m as (select year(order_date) as y, month(order_date) as m, sum(amount) as total from orders group by 1, 2) select m.m, a.total as last_year, m.total as this_year, (m.total - a.total) / a.total as growth from m left join m a on a.m = m.m and a.y = m.y - 1 where m.y = 2024 order by m.m;

select product_id, revenue, round(100 * revenue / total, 2) as percent, case when running / total <= 0.8 then 'A' else 'B' end as class from (select product_id, revenue, sum(revenue) over () as total, sum(revenue) over (order by revenue desc, product_id) as running from (select product_id, sum(quantity * unit_price) as revenue from order_items group by product_id)) order by revenue desc, product_id;

select customer_id, avg(gap) as mean_gap from (select customer_id, datediff(order_date, lag(order_date) over (partition by customer_id order by order_date, order_id)) as gap from orders) where gap is not null group by customer_id having count(*) >= 2 order by customer_id;

select count(*) as customers, sum(case when n > 1 then 1 else 0 end) / count(*) as repeat_rate from (select customer_id, count(*) as n from orders group by customer_id);

with ab as (select user_id, if(user_id % 2 = 0, 'a', 'b') as arm, max(if(event_type = 'purchase', 1, 0)) as converted from events group by user_id) select arm, count(*) as users, sum(converted) as conversions, avg(converted) as rate, sqrt(avg(converted) * (1 - avg(converted)) / count(*)) as error from ab group by arm order by arm;

select user_id, first(campaign, true) as first_campaign, last(campaign, true) as last_campaign from (select user_id, get_json_object(properties, '$.campaign') as campaign from events order by user_id, event_time, event_id) group by user_id order by user_id;

select user_id, concat_ws(' > ', sort_array(collect_set(event_type))) as path from events group by user_id order by user_id;

select path, count(*) as users from (select user_id, array_join(transform(slice(sort_array(collect_list(struct(event_time, event_id, event_type))), 1, 3), x -> x.event_type), '>') as path from events group by user_id) group by path order by users desc, path limit 10;

with t as (select sensor_id, date_trunc('hour', measured_at) as hour, avg(temperature) as t from readings group by 1, 2) select sensor_id, hour, t, t - lag(t, 24) over (partition by sensor_id order by hour) as against_yesterday from t order by sensor_id, hour;

select sensor_id, count(*) as n, sum(case when abs(temperature - mean) > 2 * sd then 1 else 0 end) as outliers from (select *, avg(temperature) over (partition by sensor_id) as mean, stddev(temperature) over (partition by sensor_id) as sd from readings) group by sensor_id order by sensor_id;

select date_trunc('hour', to_timestamp(ts, 'dd/MMM/yyyy:HH:mm:ss')) as hour, sum(if(status >= 500, 1, 0)) as errors, count(*) as hits, round(sum(if(status >= 500, 1, 0)) / count(*), 4) as rate from weblogs group by 1 order by 1;

select corr(temperature, humidity) as r, covar_samp(temperature, humidity) as cov, regr_slope(humidity, temperature) as slope, regr_r2(humidity, temperature) as r2 from readings;

select width_bucket(amount, 0, 1000, 10) as bucket, count(*) as n from orders where amount is not null group by 1 order by 1;

select floor(amount / 100) * 100 as low, count(*) as n from orders where amount is not null group by floor(amount / 100) order by 1;

select country, customers, active, round(active / customers * 100, 1) as percent from (select country, count(*) as customers, count_if(is_active) as active from customers group by country) order by percent desc, country;

select c.segment, count(distinct o.customer_id) as buyers, count(o.order_id) as orders, sum(o.amount) as revenue, sum(o.amount) / count(distinct o.customer_id) as arpu from customers c join orders o using (customer_id) group by c.segment order by revenue desc;

select status, count(*) as n, round(count(*) * 100.0 / sum(count(*)) over (), 2) as percent from orders group by status order by n desc, status;

select customer_id, case when max(order_date) < date'2024-04-01' then 'churned' when min(order_date) >= date'2024-06-01' then 'new' else 'active' end as state from orders group by customer_id order by customer_id;

select channel, count(*) as n, grouping_id() as level from orders group by channel with rollup order by level, channel;

select date_trunc('week', event_time) as week, event_type, count(*) as n, sum(count(*)) over (partition by event_type order by date_trunc('week', event_time)) as total from events group by 1, 2 order by 1, 2;

select o.customer_id, o.order_id, o.order_date from (select *, row_number() over (partition by customer_id order by order_date, order_id) as k, count(*) over (partition by customer_id) as n from orders) o where k = 1 and n = 1 order by o.customer_id;
