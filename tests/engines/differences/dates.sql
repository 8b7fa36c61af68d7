= select extract(year from date'2024-01-07') z
= select date_part('year', date'2024-01-07') z
= select extract(year from timestamp'2024-01-07 10:20:30.567') z
= select date_part('year', timestamp'2024-01-07 10:20:30.567') z
= select extract(yearofweek from date'2024-01-07') z
= select date_part('yearofweek', date'2024-01-07') z
= select extract(yearofweek from timestamp'2024-01-07 10:20:30.567') z
= select date_part('yearofweek', timestamp'2024-01-07 10:20:30.567') z
= select extract(quarter from date'2024-01-07') z
= select date_part('quarter', date'2024-01-07') z
= select extract(quarter from timestamp'2024-01-07 10:20:30.567') z
= select date_part('quarter', timestamp'2024-01-07 10:20:30.567') z
= select extract(month from date'2024-01-07') z
= select date_part('month', date'2024-01-07') z
= select extract(month from timestamp'2024-01-07 10:20:30.567') z
= select date_part('month', timestamp'2024-01-07 10:20:30.567') z
= select extract(week from date'2024-01-07') z
= select date_part('week', date'2024-01-07') z
= select extract(week from timestamp'2024-01-07 10:20:30.567') z
= select date_part('week', timestamp'2024-01-07 10:20:30.567') z
= select extract(day from date'2024-01-07') z
= select date_part('day', date'2024-01-07') z
= select extract(day from timestamp'2024-01-07 10:20:30.567') z
= select date_part('day', timestamp'2024-01-07 10:20:30.567') z
= select extract(dayofweek from date'2024-01-07') z
= select date_part('dayofweek', date'2024-01-07') z
= select extract(dayofweek from timestamp'2024-01-07 10:20:30.567') z
= select date_part('dayofweek', timestamp'2024-01-07 10:20:30.567') z
= select extract(dayofweek_iso from date'2024-01-07') z
= select date_part('dayofweek_iso', date'2024-01-07') z
= select extract(dayofweek_iso from timestamp'2024-01-07 10:20:30.567') z
= select date_part('dayofweek_iso', timestamp'2024-01-07 10:20:30.567') z
= select extract(dow from date'2024-01-07') z
= select date_part('dow', date'2024-01-07') z
= select extract(dow from timestamp'2024-01-07 10:20:30.567') z
= select date_part('dow', timestamp'2024-01-07 10:20:30.567') z
= select extract(dow_iso from date'2024-01-07') z
= select date_part('dow_iso', date'2024-01-07') z
= select extract(dow_iso from timestamp'2024-01-07 10:20:30.567') z
= select date_part('dow_iso', timestamp'2024-01-07 10:20:30.567') z
= select extract(doy from date'2024-01-07') z
= select date_part('doy', date'2024-01-07') z
= select extract(doy from timestamp'2024-01-07 10:20:30.567') z
= select date_part('doy', timestamp'2024-01-07 10:20:30.567') z
= select extract(hour from timestamp'2024-01-07 10:20:30.567') z
= select date_part('hour', timestamp'2024-01-07 10:20:30.567') z
= select extract(minute from timestamp'2024-01-07 10:20:30.567') z
= select date_part('minute', timestamp'2024-01-07 10:20:30.567') z
= select extract(second from timestamp'2024-01-07 10:20:30.567') z
= select date_part('second', timestamp'2024-01-07 10:20:30.567') z
= select year(date'2024-01-07') z
= select year(date'2024-02-29') z
= select year(date'2023-12-31') z
= select year(timestamp'2024-01-07 10:20:30.567') z
= select year(timestamp'1965-03-01 23:59:59') z
= select quarter(date'2024-01-07') z
= select quarter(date'2024-02-29') z
= select quarter(date'2023-12-31') z
= select quarter(timestamp'2024-01-07 10:20:30.567') z
= select quarter(timestamp'1965-03-01 23:59:59') z
= select month(date'2024-01-07') z
= select month(date'2024-02-29') z
= select month(date'2023-12-31') z
= select month(timestamp'2024-01-07 10:20:30.567') z
= select month(timestamp'1965-03-01 23:59:59') z
= select weekofyear(date'2024-01-07') z
= select weekofyear(date'2024-02-29') z
= select weekofyear(date'2023-12-31') z
= select weekofyear(timestamp'2024-01-07 10:20:30.567') z
= select weekofyear(timestamp'1965-03-01 23:59:59') z
= select day(date'2024-01-07') z
= select day(date'2024-02-29') z
= select day(date'2023-12-31') z
= select day(timestamp'2024-01-07 10:20:30.567') z
= select day(timestamp'1965-03-01 23:59:59') z
= select dayofmonth(date'2024-01-07') z
= select dayofmonth(date'2024-02-29') z
= select dayofmonth(date'2023-12-31') z
= select dayofmonth(timestamp'2024-01-07 10:20:30.567') z
= select dayofmonth(timestamp'1965-03-01 23:59:59') z
= select dayofweek(date'2024-01-07') z
= select dayofweek(date'2024-02-29') z
= select dayofweek(date'2023-12-31') z
= select dayofweek(timestamp'2024-01-07 10:20:30.567') z
= select dayofweek(timestamp'1965-03-01 23:59:59') z
= select dayofyear(date'2024-01-07') z
= select dayofyear(date'2024-02-29') z
= select dayofyear(date'2023-12-31') z
= select dayofyear(timestamp'2024-01-07 10:20:30.567') z
= select dayofyear(timestamp'1965-03-01 23:59:59') z
= select weekday(date'2024-01-07') z
= select weekday(date'2024-02-29') z
= select weekday(date'2023-12-31') z
= select weekday(timestamp'2024-01-07 10:20:30.567') z
= select weekday(timestamp'1965-03-01 23:59:59') z
= select last_day(date'2024-01-07') z
= select last_day(date'2024-02-29') z
= select last_day(date'2023-12-31') z
= select last_day(timestamp'2024-01-07 10:20:30.567') z
= select last_day(timestamp'1965-03-01 23:59:59') z
= select dayname(date'2024-01-07') z
= select dayname(date'2024-02-29') z
= select dayname(date'2023-12-31') z
= select dayname(timestamp'2024-01-07 10:20:30.567') z
= select dayname(timestamp'1965-03-01 23:59:59') z
= select monthname(date'2024-01-07') z
= select monthname(date'2024-02-29') z
= select monthname(date'2023-12-31') z
= select monthname(timestamp'2024-01-07 10:20:30.567') z
= select monthname(timestamp'1965-03-01 23:59:59') z
= select unix_date(date'2024-01-07') z
= select unix_date(date'2024-02-29') z
= select unix_date(date'2023-12-31') z
~wrong-types select unix_date(timestamp'2024-01-07 10:20:30.567') z
~wrong-types select unix_date(timestamp'1965-03-01 23:59:59') z
= select date_trunc('YEAR', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('YEAR', timestamp'1965-03-01 23:59:59') z
= select trunc(date'2024-01-07', 'YEAR') z
= select date_trunc('YEAR', date'2024-01-07') z
= select date_trunc('QUARTER', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('QUARTER', timestamp'1965-03-01 23:59:59') z
= select trunc(date'2024-01-07', 'QUARTER') z
= select date_trunc('QUARTER', date'2024-01-07') z
= select date_trunc('MONTH', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('MONTH', timestamp'1965-03-01 23:59:59') z
= select trunc(date'2024-01-07', 'MONTH') z
= select date_trunc('MONTH', date'2024-01-07') z
= select date_trunc('WEEK', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('WEEK', timestamp'1965-03-01 23:59:59') z
= select trunc(date'2024-01-07', 'WEEK') z
= select date_trunc('WEEK', date'2024-01-07') z
= select date_trunc('DAY', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('DAY', timestamp'1965-03-01 23:59:59') z
= select date_trunc('HOUR', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('HOUR', timestamp'1965-03-01 23:59:59') z
= select date_trunc('MINUTE', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('MINUTE', timestamp'1965-03-01 23:59:59') z
= select date_trunc('SECOND', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('SECOND', timestamp'1965-03-01 23:59:59') z
= select date_trunc('MILLISECOND', timestamp'2024-01-07 10:20:30.567') z
= select date_trunc('MILLISECOND', timestamp'1965-03-01 23:59:59') z
~fails-late select date_trunc('bogus', timestamp'2024-01-07 10:20:30') z
~fails-late select trunc(date'2024-01-07','bogus') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'yyyy-MM-dd') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'dd/MM/yy') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'yyyy-MM-dd HH:mm:ss') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'yyyy-MM-dd HH:mm:ss.SSS') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'E') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'EEEE') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'MMM') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'MMMM') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'D') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'a hh:mm') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'Q') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'QQQ') z
= select date_format(timestamp'2024-01-07 15:04:05.678', '\'at\' yyyy') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'G') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'yyyyMMdd') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'H:m:s') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'SSSSSS') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'M/d/yyyy') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'yyyy') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'VV') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'z') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'xxx') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'LLL') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'h') z
= select date_format(timestamp'2024-01-07 15:04:05.678', 'K') z
- select date_format(timestamp'2024-01-07 15:04:05.678', 'n') z
= select to_date('07/01/2024', 'dd/MM/yyyy') z
= select to_timestamp('07/01/2024', 'dd/MM/yyyy') z
= select unix_timestamp('07/01/2024', 'dd/MM/yyyy') z
= select try_to_timestamp('07/01/2024', 'dd/MM/yyyy') z
= select to_unix_timestamp('07/01/2024', 'dd/MM/yyyy') z
= select to_date('2024-01-07 10:20', 'yyyy-MM-dd HH:mm') z
= select to_timestamp('2024-01-07 10:20', 'yyyy-MM-dd HH:mm') z
= select unix_timestamp('2024-01-07 10:20', 'yyyy-MM-dd HH:mm') z
= select try_to_timestamp('2024-01-07 10:20', 'yyyy-MM-dd HH:mm') z
= select to_unix_timestamp('2024-01-07 10:20', 'yyyy-MM-dd HH:mm') z
= select to_date('Jan 7 2024', 'MMM d yyyy') z
= select to_timestamp('Jan 7 2024', 'MMM d yyyy') z
= select unix_timestamp('Jan 7 2024', 'MMM d yyyy') z
= select try_to_timestamp('Jan 7 2024', 'MMM d yyyy') z
= select to_unix_timestamp('Jan 7 2024', 'MMM d yyyy') z
= select to_date('20240107', 'yyyyMMdd') z
= select to_timestamp('20240107', 'yyyyMMdd') z
= select unix_timestamp('20240107', 'yyyyMMdd') z
= select try_to_timestamp('20240107', 'yyyyMMdd') z
= select to_unix_timestamp('20240107', 'yyyyMMdd') z
= select to_date('7/1/24', 'd/M/yy') z
= select to_timestamp('7/1/24', 'd/M/yy') z
= select unix_timestamp('7/1/24', 'd/M/yy') z
= select try_to_timestamp('7/1/24', 'd/M/yy') z
= select to_unix_timestamp('7/1/24', 'd/M/yy') z
= select to_date('2024-01-07T10:20:30.123Z', 'yyyy-MM-dd\'T\'HH:mm:ss.SSSX') z
= select to_timestamp('2024-01-07T10:20:30.123Z', 'yyyy-MM-dd\'T\'HH:mm:ss.SSSX') z
= select unix_timestamp('2024-01-07T10:20:30.123Z', 'yyyy-MM-dd\'T\'HH:mm:ss.SSSX') z
= select try_to_timestamp('2024-01-07T10:20:30.123Z', 'yyyy-MM-dd\'T\'HH:mm:ss.SSSX') z
= select to_unix_timestamp('2024-01-07T10:20:30.123Z', 'yyyy-MM-dd\'T\'HH:mm:ss.SSSX') z
= select to_date('10:20 PM', 'hh:mm a') z
= select to_timestamp('10:20 PM', 'hh:mm a') z
= select unix_timestamp('10:20 PM', 'hh:mm a') z
= select try_to_timestamp('10:20 PM', 'hh:mm a') z
= select to_unix_timestamp('10:20 PM', 'hh:mm a') z
- select to_date('bad', 'yyyy-MM-dd') z
- select to_timestamp('bad', 'yyyy-MM-dd') z
- select unix_timestamp('bad', 'yyyy-MM-dd') z
= select try_to_timestamp('bad', 'yyyy-MM-dd') z
- select to_unix_timestamp('bad', 'yyyy-MM-dd') z
- select to_date('2024-13-07', 'yyyy-MM-dd') z
- select to_timestamp('2024-13-07', 'yyyy-MM-dd') z
- select unix_timestamp('2024-13-07', 'yyyy-MM-dd') z
= select try_to_timestamp('2024-13-07', 'yyyy-MM-dd') z
- select to_unix_timestamp('2024-13-07', 'yyyy-MM-dd') z
- select to_date('2024-02-30', 'yyyy-MM-dd') z
- select to_timestamp('2024-02-30', 'yyyy-MM-dd') z
- select unix_timestamp('2024-02-30', 'yyyy-MM-dd') z
= select try_to_timestamp('2024-02-30', 'yyyy-MM-dd') z
- select to_unix_timestamp('2024-02-30', 'yyyy-MM-dd') z
- select to_date('2024-1-7', 'yyyy-MM-dd') z
- select to_timestamp('2024-1-7', 'yyyy-MM-dd') z
- select unix_timestamp('2024-1-7', 'yyyy-MM-dd') z
= select try_to_timestamp('2024-1-7', 'yyyy-MM-dd') z
- select to_unix_timestamp('2024-1-7', 'yyyy-MM-dd') z
= select to_date('2024 007', 'yyyy DDD') z
= select to_timestamp('2024 007', 'yyyy DDD') z
= select unix_timestamp('2024 007', 'yyyy DDD') z
= select try_to_timestamp('2024 007', 'yyyy DDD') z
= select to_unix_timestamp('2024 007', 'yyyy DDD') z
= select date'2024-01-31' + interval 1 month z
= select date'2024-01-31' + 1 z
= select 1 + date'2024-01-31' z
= select date'2024-01-31' - 1 z
= select date'2024-03-31' - interval 1 month z
> select date'2024-01-07' - date'2024-01-01' z
= select timestamp'2024-01-07 10:00:00' - timestamp'2024-01-01 00:00:00' z
= select timestamp'2024-01-07 10:00:00' + interval 36 hours z
= select timestamp'2024-01-07 10:00:00' - interval '1 02:03:04' day to second z
= select add_months(date'2024-01-31', 1) z
= select add_months(date'2024-02-29', 12) z
= select add_months('2024-01-31', 1) z
= select months_between(date'2024-03-31', date'2024-01-31') z
= select months_between(date'2024-03-15', date'2024-01-31') z
= select months_between(timestamp'2024-03-31 12:00:00', date'2024-01-15') z
= select datediff(date'2024-03-31', date'2024-01-31') z
= select date_add(date'2024-01-07', 30) z
= select date_sub(date'2024-01-07', 30) z
= select date_add('2024-01-07', 1) z
= select next_day(date'2024-01-07','Mon') z
= select next_day(date'2024-01-07','SU') z
- select next_day(date'2024-01-07','xx') z
= select make_date(2024,2,29) z
- select make_date(2023,2,29) z
= select make_timestamp(2024,1,7,10,20,30.5) z
= select to_date('2024-01-07') z
= select to_date('2024-01-07 10:00:00') z
- select to_date('x') z
= select to_timestamp('2024-01-07') z
= select to_timestamp('2024-01-07 10:20:30') z
= select from_unixtime(0) z
= select from_unixtime(1704622830, 'yyyy-MM-dd HH:mm') z
= select unix_timestamp(timestamp'2024-01-07 10:20:30') z
= select unix_timestamp('2024-01-07 10:20:30') z
= select timestamp_seconds(1.5) z
= select timestamp_millis(1500) z
= select timestamp_micros(1500000) z
= select unix_seconds(timestamp'2024-01-07 10:20:30') z
= select unix_millis(timestamp'2024-01-07 10:20:30.5') z
= select unix_micros(timestamp'1969-12-31 23:59:59.5') z
= select from_utc_timestamp(timestamp'2024-07-07 10:00:00','Europe/Berlin') z
= select to_utc_timestamp(timestamp'2024-07-07 10:00:00','Europe/Berlin') z
= select from_utc_timestamp(timestamp'2024-07-07 10:00:00','PST') z
~fails-late select from_utc_timestamp(timestamp'2024-07-07 10:00:00','+02:00') z
= select convert_timezone('Europe/Berlin','America/New_York',timestamp_ntz'2024-07-07 10:00:00') z
= select timestamp'2024-07-07 10:00:00 Europe/Berlin' z
= select timestamp'2024-07-07 10:00:00+02:00' z
= select timestamp_ntz'2024-07-07 10:00:00' z
= select cast(timestamp_ntz'2024-07-07 10:00:00' as timestamp) z
= select hour(timestamp'2024-07-07 10:00:00+05:30') z
= select to_timestamp_ntz('2024-01-07 10:20:30') z
= select to_timestamp_ltz('2024-01-07 10:20:30') z
= select timestampadd(MONTH, 1, timestamp'2024-01-31 10:00:00') z
= select timestampdiff(MONTH, timestamp'2024-01-31 10:00:00', timestamp'2024-03-30 10:00:00') z
= select dateadd(DAY, 5, date'2024-01-07') z
= select date_diff(date'2024-01-07', date'2024-01-01') z
= select datediff(HOUR, timestamp'2024-01-07 10:00:00', timestamp'2024-01-08 09:00:00') z
= select interval 1 day = interval 24 hours z
= select interval '1-2' year to month + interval 1 month = interval 15 months z
= select interval 1 day * 2 z
? select extract(day from interval '5 03:00:00' day to second) z
> select extract(hour from interval '5 03:00:00' day to second) z
? select extract(month from interval '2-3' year to month) z
? select extract(year from interval '2-3' year to month) z
? select extract(second from interval '5 03:00:07.5' day to second) z
= select make_interval(0,1,0,2) is null z
> select date'2024-01-07' + make_dt_interval(1) z
= select date'0001-01-01' z
= select date'9999-12-31' z
= select date'1582-10-10' z
= select timestamp'1900-01-01 00:00:00' z
= select date_from_unix_date(19000) z
= select current_timezone() z
= select sequence(date'2024-01-29', date'2024-02-02') z
= select sequence(date'2024-01-31', date'2024-05-31', interval 1 month) z
= select sequence(timestamp'2024-01-07 00:00:00', timestamp'2024-01-07 02:00:00', interval 30 minutes) z
= select window(timestamp'2024-01-07 10:07:00','10 minutes').start z
= select window.start, window.end, count(*) c from values (timestamp'2024-01-07 10:07:00'),(timestamp'2024-01-07 10:13:00') t(ts) group by window(ts, '10 minutes')
= select window.start s, count(*) c from values (timestamp'2024-01-07 10:07:00'),(timestamp'2024-01-07 10:13:00') t(ts) group by window(ts, '10 minutes', '5 minutes')
= select window.start s, count(*) c from values (timestamp'2024-01-07 10:07:00') t(ts) group by window(ts, '10 minutes', '10 minutes', '3 minutes')
= select avg(d) z from values (interval 1 day),(interval 2 days) t(d)
= select sum(d) z from values (interval 1 day),(interval 2 days) t(d)
= select max(d) z from values (date'2024-01-07'),(null) t(d)
