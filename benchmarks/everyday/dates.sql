select order_id, year(order_date) as y, month(order_date) as m, day(order_date) as d, quarter(order_date) as q from orders;

select year(order_date) as y, month(order_date) as m, sum(amount) as total from orders group by year(order_date), month(order_date) order by y, m;

select date_trunc('month', created_at) as month, count(*) as n from orders group by date_trunc('month', created_at) order by 1;

select date_trunc('month', order_date) as month, sum(amount) as revenue from orders group by 1 order by 1;

select trunc(order_date, 'month') as month, count(*) from orders group by trunc(order_date, 'month') order by month;

select cast(date_trunc('week', order_date) as date) as week, count(*) as n from orders group by 1 order by 1;

select date_format(order_date, 'yyyy-MM') as month, count(distinct customer_id) as buyers from orders group by date_format(order_date, 'yyyy-MM') order by month;

select date_format(created_at, 'EEEE') as weekday, count(*) as n from orders group by 1 order by 2 desc, 1;

select date_format(created_at, 'dd.MM.yyyy HH:mm') as shown from orders order by order_id limit 20;

select hour(event_time) as h, count(*) as n from events group by hour(event_time) order by h;

select dayofweek(order_date) as dow, weekofyear(order_date) as week, dayofyear(order_date) as doy, count(*) from orders group by 1, 2, 3 order by 3;

select weekday(order_date) as wd, count(*) as n from orders group by weekday(order_date) order by wd;

select case when dayofweek(order_date) in (1, 7) then 'weekend' else 'week' end as part, avg(amount) as mean from orders group by 1 order by 1;

select extract(year from order_date) as y, extract(month from order_date) as m, count(*) from orders group by 1, 2 order by 1, 2;

select extract(dow from order_date) as dow, count(*) from orders group by 1 order by 1;

select date_part('hour', created_at) as h, date_part('minute', created_at) as m from orders order by order_id limit 30;

select order_id, datediff(shipped_at, created_at) as days from orders where shipped_at is not null;

select avg(datediff(shipped_at, created_at)) as mean_days, channel from orders where status = 'shipped' group by channel order by channel;

select order_id, shipped_at - created_at as waited from orders where shipped_at is not null order by order_id limit 20;

select order_id, (unix_timestamp(shipped_at) - unix_timestamp(created_at)) / 3600 as hours from orders where shipped_at is not null;

select order_id, timestampdiff(hour, created_at, shipped_at) as hours from orders where shipped_at is not null order by 1;

select order_id, date_diff(day, order_date, current_date()) >= 0 as past from orders order by order_id limit 5;

select order_id, date_add(order_date, 30) as due, date_sub(order_date, 7) as before from orders order by order_id limit 20;

select order_id, order_date + interval 1 month as due from orders order by order_id limit 20;

select order_id, order_date + 14 as due, order_date - 1 as eve from orders order by order_id limit 20;

select order_id, created_at + interval '2' hour as later, created_at - interval 30 minutes as earlier from orders order by order_id limit 20;

select add_months(order_date, 3) as due, last_day(order_date) as month_end, next_day(order_date, 'MON') as monday from orders order by order_id limit 20;

select dateadd(day, 10, order_date) as due, dateadd(month, -1, order_date) as ago from orders order by order_id limit 20;

select name, floor(months_between(date'2024-12-31', birth_date) / 12) as age from customers where birth_date is not null order by customer_id;

select floor(datediff(date'2024-12-31', birth_date) / 365.25) as age, count(*) from customers where birth_date is not null group by 1 order by 1;

select name, hired_on, round(months_between(to_date('2024-12-31'), hired_on), 2) as months from employees order by emp_id;

select to_date('2024-02-29') as d, to_date('31/12/2024', 'dd/MM/yyyy') as e, to_timestamp('2024-05-06 07:08:09') as t;

select to_timestamp(ts, 'dd/MMM/yyyy:HH:mm:ss') as at, host from weblogs order by at, host limit 20;

select to_date(ts, 'dd/MMM/yyyy:HH:mm:ss') as day, count(*) as hits from weblogs group by 1 order by 1;

select date(event_time) as day, count(distinct user_id) as dau from events group by date(event_time) order by day;

select cast(event_time as date) as day, min(event_time) as first, max(event_time) as last from events group by cast(event_time as date) order by day;

select window.start, window.end, count(*) as n from (select event_id, window(event_time, '1 hour') as window from events) group by window order by window.start;

select window(measured_at, '6 hours').start as slot, avg(temperature) as mean from readings group by window(measured_at, '6 hours') order by slot;

select from_unixtime(unix_timestamp(created_at), 'yyyy-MM-dd HH') as hour, count(*) from orders group by 1 order by 1;

select from_unixtime(floor(unix_timestamp(event_time) / 900) * 900) as quarter_hour, count(*) as n from events group by 1 order by 1;

select unix_timestamp(created_at) as seconds, to_unix_timestamp('2024-01-01', 'yyyy-MM-dd') as start from orders order by order_id limit 10;

select timestamp_seconds(unix_timestamp(created_at)) = created_at as same, count(*) from orders group by 1;

select timestamp_millis(1717243445123) as t, unix_millis(timestamp'2024-06-01 12:04:05.123') as ms;

select from_utc_timestamp(event_time, 'Europe/Berlin') as local, to_utc_timestamp(event_time, 'America/New_York') as utc from events order by event_id limit 20;

select hour(from_utc_timestamp(event_time, 'Asia/Tokyo')) as h, count(*) from events group by 1 order by 1;

select convert_timezone('UTC', 'Europe/London', cast(event_time as timestamp_ntz)) as london from events order by event_id limit 10;

select make_date(2024, month(order_date), 1) as first, count(*) from orders group by 1 order by 1;

select make_timestamp(2024, 2, 29, 23, 59, 59.5) as t, make_date(2023, 12, 31) as d;

select explode(sequence(to_date('2024-01-01'), to_date('2024-03-31'), interval 1 week)) as week;

select d, year(d) as year, weekofyear(d) as week, date_format(d, 'E') as day, d = last_day(d) as month_end from (select explode(sequence(date'2024-01-25', date'2024-02-05')) as d);

select count(*) from orders where order_date >= '2024-06-01' and order_date < add_months('2024-06-01', 1);

select count(*) from orders where created_at >= timestamp'2024-06-15 12:00:00' and created_at < timestamp '2024-06-16';

select count(*) from orders where order_date >= current_date() - interval 90 days or order_date < current_timestamp();

select concat(year(order_date), '-Q', quarter(order_date)) as period, sum(amount) as total from orders group by 1 order by 1;

select date_format(order_date, "yyyy-'W'") as y, count(*) from orders group by 1 order by 1;

select order_id, case when shipped_at is null then 'open' when shipped_at <= created_at + interval 2 days then 'quick' else 'slow' end as speed from orders order by order_id;

select date'2024-03-10' - date'2024-02-01' as days, datediff(day, date'2024-02-01', date'2024-03-10') as n;

select max(order_date) - min(order_date) as span, channel from orders group by channel order by channel;

select try_cast('2024-13-01' as date) as bad, try_to_timestamp('soon') as none, cast('2024-7-4' as date) as short;

select year(signup_date) as cohort, month(signup_date) as m, count(*) as n, min(date_trunc('quarter', signup_date)) as q from customers group by year(signup_date), month(signup_date) order by 1, 2;
