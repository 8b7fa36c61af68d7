= select cast('12' as tinyint) z
= select cast('12' as int) z
= select cast('12' as bigint) z
= select cast('12' as double) z
= select cast('12' as decimal(5,1)) z
= select cast('12' as string) z
- select cast('12' as boolean) z
- select cast('12' as date) z
- select cast('12' as timestamp) z
= select cast(' 12 ' as tinyint) z
= select cast(' 12 ' as int) z
= select cast(' 12 ' as bigint) z
= select cast(' 12 ' as double) z
= select cast(' 12 ' as decimal(5,1)) z
= select cast(' 12 ' as string) z
- select cast(' 12 ' as boolean) z
- select cast(' 12 ' as date) z
- select cast(' 12 ' as timestamp) z
- select cast('1.5' as tinyint) z
- select cast('1.5' as int) z
- select cast('1.5' as bigint) z
= select cast('1.5' as double) z
= select cast('1.5' as decimal(5,1)) z
= select cast('1.5' as string) z
- select cast('1.5' as boolean) z
- select cast('1.5' as date) z
- select cast('1.5' as timestamp) z
- select cast('abc' as tinyint) z
- select cast('abc' as int) z
- select cast('abc' as bigint) z
- select cast('abc' as double) z
- select cast('abc' as decimal(5,1)) z
= select cast('abc' as string) z
- select cast('abc' as boolean) z
- select cast('abc' as date) z
- select cast('abc' as timestamp) z
- select cast('' as tinyint) z
- select cast('' as int) z
- select cast('' as bigint) z
- select cast('' as double) z
- select cast('' as decimal(5,1)) z
= select cast('' as string) z
- select cast('' as boolean) z
- select cast('' as date) z
- select cast('' as timestamp) z
- select cast('true' as tinyint) z
- select cast('true' as int) z
- select cast('true' as bigint) z
- select cast('true' as double) z
- select cast('true' as decimal(5,1)) z
= select cast('true' as string) z
= select cast('true' as boolean) z
- select cast('true' as date) z
- select cast('true' as timestamp) z
- select cast('2024-01-07' as tinyint) z
- select cast('2024-01-07' as int) z
- select cast('2024-01-07' as bigint) z
- select cast('2024-01-07' as double) z
- select cast('2024-01-07' as decimal(5,1)) z
= select cast('2024-01-07' as string) z
- select cast('2024-01-07' as boolean) z
= select cast('2024-01-07' as date) z
= select cast('2024-01-07' as timestamp) z
- select cast('2024-1-7' as tinyint) z
- select cast('2024-1-7' as int) z
- select cast('2024-1-7' as bigint) z
- select cast('2024-1-7' as double) z
- select cast('2024-1-7' as decimal(5,1)) z
= select cast('2024-1-7' as string) z
- select cast('2024-1-7' as boolean) z
= select cast('2024-1-7' as date) z
= select cast('2024-1-7' as timestamp) z
- select cast('2024-01-07 10:20:30.5' as tinyint) z
- select cast('2024-01-07 10:20:30.5' as int) z
- select cast('2024-01-07 10:20:30.5' as bigint) z
- select cast('2024-01-07 10:20:30.5' as double) z
- select cast('2024-01-07 10:20:30.5' as decimal(5,1)) z
= select cast('2024-01-07 10:20:30.5' as string) z
- select cast('2024-01-07 10:20:30.5' as boolean) z
= select cast('2024-01-07 10:20:30.5' as date) z
= select cast('2024-01-07 10:20:30.5' as timestamp) z
- select cast('1e3' as tinyint) z
- select cast('1e3' as int) z
- select cast('1e3' as bigint) z
= select cast('1e3' as double) z
~fails-late select cast('1e3' as decimal(5,1)) z
= select cast('1e3' as string) z
- select cast('1e3' as boolean) z
- select cast('1e3' as date) z
- select cast('1e3' as timestamp) z
- select cast('NaN' as tinyint) z
- select cast('NaN' as int) z
- select cast('NaN' as bigint) z
= select cast('NaN' as double) z
- select cast('NaN' as decimal(5,1)) z
= select cast('NaN' as string) z
- select cast('NaN' as boolean) z
- select cast('NaN' as date) z
- select cast('NaN' as timestamp) z
= select cast(1.5d as tinyint) z
= select cast(1.5d as int) z
= select cast(1.5d as bigint) z
= select cast(1.5d as double) z
= select cast(1.5d as decimal(5,1)) z
= select cast(1.5d as string) z
= select cast(1.5d as boolean) z
- select cast(1.5d as date) z
= select cast(1.5d as timestamp) z
= select cast(-1.5d as tinyint) z
= select cast(-1.5d as int) z
= select cast(-1.5d as bigint) z
= select cast(-1.5d as double) z
= select cast(-1.5d as decimal(5,1)) z
= select cast(-1.5d as string) z
= select cast(-1.5d as boolean) z
- select cast(-1.5d as date) z
= select cast(-1.5d as timestamp) z
= select cast(2.5d as tinyint) z
= select cast(2.5d as int) z
= select cast(2.5d as bigint) z
= select cast(2.5d as double) z
= select cast(2.5d as decimal(5,1)) z
= select cast(2.5d as string) z
= select cast(2.5d as boolean) z
- select cast(2.5d as date) z
= select cast(2.5d as timestamp) z
- select cast(1e20d as tinyint) z
- select cast(1e20d as int) z
- select cast(1e20d as bigint) z
= select cast(1e20d as double) z
- select cast(1e20d as decimal(5,1)) z
= select cast(1e20d as string) z
= select cast(1e20d as boolean) z
- select cast(1e20d as date) z
- select cast(1e20d as timestamp) z
- select cast(double('nan') as tinyint) z
- select cast(double('nan') as int) z
- select cast(double('nan') as bigint) z
= select cast(double('nan') as double) z
~fails-late select cast(double('nan') as decimal(5,1)) z
= select cast(double('nan') as string) z
= select cast(double('nan') as boolean) z
- select cast(double('nan') as date) z
- select cast(double('nan') as timestamp) z
- select cast(300 as tinyint) z
= select cast(300 as int) z
= select cast(300 as bigint) z
= select cast(300 as double) z
= select cast(300 as decimal(5,1)) z
= select cast(300 as string) z
= select cast(300 as boolean) z
~wrong-types select cast(300 as date) z
= select cast(300 as timestamp) z
= select cast(-1 as tinyint) z
= select cast(-1 as int) z
= select cast(-1 as bigint) z
= select cast(-1 as double) z
= select cast(-1 as decimal(5,1)) z
= select cast(-1 as string) z
= select cast(-1 as boolean) z
~wrong-types select cast(-1 as date) z
= select cast(-1 as timestamp) z
= select cast(0 as tinyint) z
= select cast(0 as int) z
= select cast(0 as bigint) z
= select cast(0 as double) z
= select cast(0 as decimal(5,1)) z
= select cast(0 as string) z
= select cast(0 as boolean) z
~wrong-types select cast(0 as date) z
= select cast(0 as timestamp) z
= select cast(1.999 as tinyint) z
= select cast(1.999 as int) z
= select cast(1.999 as bigint) z
= select cast(1.999 as double) z
= select cast(1.999 as decimal(5,1)) z
= select cast(1.999 as string) z
~fails-late select cast(1.999 as boolean) z
- select cast(1.999 as date) z
= select cast(1.999 as timestamp) z
= select cast(true as tinyint) z
= select cast(true as int) z
= select cast(true as bigint) z
= select cast(true as double) z
~fails-late select cast(true as decimal(5,1)) z
= select cast(true as string) z
= select cast(true as boolean) z
- select cast(true as date) z
- select cast(true as timestamp) z
- select cast(date'2024-01-07' as tinyint) z
- select cast(date'2024-01-07' as int) z
- select cast(date'2024-01-07' as bigint) z
- select cast(date'2024-01-07' as double) z
- select cast(date'2024-01-07' as decimal(5,1)) z
= select cast(date'2024-01-07' as string) z
- select cast(date'2024-01-07' as boolean) z
= select cast(date'2024-01-07' as date) z
= select cast(date'2024-01-07' as timestamp) z
- select cast(timestamp'2024-01-07 10:20:30.5' as tinyint) z
= select cast(timestamp'2024-01-07 10:20:30.5' as int) z
= select cast(timestamp'2024-01-07 10:20:30.5' as bigint) z
= select cast(timestamp'2024-01-07 10:20:30.5' as double) z
- select cast(timestamp'2024-01-07 10:20:30.5' as decimal(5,1)) z
= select cast(timestamp'2024-01-07 10:20:30.5' as string) z
- select cast(timestamp'2024-01-07 10:20:30.5' as boolean) z
= select cast(timestamp'2024-01-07 10:20:30.5' as date) z
= select cast(timestamp'2024-01-07 10:20:30.5' as timestamp) z
- select cast(x'3132' as tinyint) z
- select cast(x'3132' as int) z
- select cast(x'3132' as bigint) z
- select cast(x'3132' as double) z
- select cast(x'3132' as decimal(5,1)) z
= select cast(x'3132' as string) z
- select cast(x'3132' as boolean) z
- select cast(x'3132' as date) z
- select cast(x'3132' as timestamp) z
= select cast(null as tinyint) z
= select cast(null as int) z
= select cast(null as bigint) z
= select cast(null as double) z
= select cast(null as decimal(5,1)) z
= select cast(null as string) z
= select cast(null as boolean) z
= select cast(null as date) z
= select cast(null as timestamp) z
= select try_cast('abc' as tinyint) z
= select try_cast('abc' as int) z
= select try_cast('abc' as decimal(4,2)) z
= select try_cast('abc' as boolean) z
= select try_cast('abc' as date) z
= select try_cast('abc' as timestamp) z
= select try_cast('1.5' as tinyint) z
= select try_cast('1.5' as int) z
= select try_cast('1.5' as decimal(4,2)) z
= select try_cast('1.5' as boolean) z
= select try_cast('1.5' as date) z
= select try_cast('1.5' as timestamp) z
= select try_cast('300' as tinyint) z
= select try_cast('300' as int) z
= select try_cast('300' as decimal(4,2)) z
= select try_cast('300' as boolean) z
= select try_cast('300' as date) z
= select try_cast('300' as timestamp) z
= select try_cast(300 as tinyint) z
= select try_cast(300 as int) z
= select try_cast(300 as decimal(4,2)) z
= select try_cast(300 as boolean) z
~wrong-types select try_cast(300 as date) z
= select try_cast(300 as timestamp) z
= select try_cast(1e20d as tinyint) z
= select try_cast(1e20d as int) z
= select try_cast(1e20d as decimal(4,2)) z
= select try_cast(1e20d as boolean) z
- select try_cast(1e20d as date) z
~fails-late select try_cast(1e20d as timestamp) z
= select try_cast('2024-13-01' as tinyint) z
= select try_cast('2024-13-01' as int) z
= select try_cast('2024-13-01' as decimal(4,2)) z
= select try_cast('2024-13-01' as boolean) z
= select try_cast('2024-13-01' as date) z
= select try_cast('2024-13-01' as timestamp) z
= select try_cast('1e3' as tinyint) z
= select try_cast('1e3' as int) z
= select try_cast('1e3' as decimal(4,2)) z
= select try_cast('1e3' as boolean) z
= select try_cast('1e3' as date) z
= select try_cast('1e3' as timestamp) z
= select try_cast(' t ' as tinyint) z
= select try_cast(' t ' as int) z
= select try_cast(' t ' as decimal(4,2)) z
= select try_cast(' t ' as boolean) z
= select try_cast(' t ' as date) z
= select try_cast(' t ' as timestamp) z
= select try_cast('yes' as tinyint) z
= select try_cast('yes' as int) z
= select try_cast('yes' as decimal(4,2)) z
= select try_cast('yes' as boolean) z
= select try_cast('yes' as date) z
= select try_cast('yes' as timestamp) z
= select try_cast('0' as tinyint) z
= select try_cast('0' as int) z
= select try_cast('0' as decimal(4,2)) z
= select try_cast('0' as boolean) z
= select try_cast('0' as date) z
= select try_cast('0' as timestamp) z
= select try_cast('2024' as tinyint) z
= select try_cast('2024' as int) z
= select try_cast('2024' as decimal(4,2)) z
= select try_cast('2024' as boolean) z
= select try_cast('2024' as date) z
= select try_cast('2024' as timestamp) z
= select try_cast('2024-01' as tinyint) z
= select try_cast('2024-01' as int) z
= select try_cast('2024-01' as decimal(4,2)) z
= select try_cast('2024-01' as boolean) z
= select try_cast('2024-01' as date) z
= select try_cast('2024-01' as timestamp) z
= select try_cast('2024-01-07T10:20:30Z' as tinyint) z
= select try_cast('2024-01-07T10:20:30Z' as int) z
= select try_cast('2024-01-07T10:20:30Z' as decimal(4,2)) z
= select try_cast('2024-01-07T10:20:30Z' as boolean) z
~wrong-types select try_cast('2024-01-07T10:20:30Z' as date) z
= select try_cast('2024-01-07T10:20:30Z' as timestamp) z
= select try_cast('2024-01-07 10:20:30+02:00' as tinyint) z
= select try_cast('2024-01-07 10:20:30+02:00' as int) z
= select try_cast('2024-01-07 10:20:30+02:00' as decimal(4,2)) z
= select try_cast('2024-01-07 10:20:30+02:00' as boolean) z
= select try_cast('2024-01-07 10:20:30+02:00' as date) z
= select try_cast('2024-01-07 10:20:30+02:00' as timestamp) z
= select cast(array(1,2) as array<string>) z
= select cast(map('a',1) as map<string,double>) z
= select cast(named_struct('a',1) as struct<b:string>) z
? select cast(array(1,2) as string) z
? select cast(map('a',1) as string) z
> select cast(named_struct('a',1,'b',null) as string) z
> select cast(array(null,'x') as string) z
= select cast(1.0 as string) z
= select cast(1.50 as string) z
= select cast(0.1d as string) z
= select cast(1e-5d as string) z
= select cast(123456789.125d as string) z
= select cast(1e7d as string) z
= select cast(float(0.1) as double) z
= select cast(float(0.1) as string) z
= select cast(1e16 as string) z
= select cast(100d as string) z
= select cast(-0.0d as string) z
= select cast(double('infinity') as string) z
= select concat(1.5d,'x') z
= select concat(1, 'x') z
= select concat(true,'x') z
= select concat(date'2024-01-07',' ',timestamp'2024-01-07 10:00:00') z
= select string(timestamp'2024-01-07 10:00:00.120') z
= select cast(interval 1 day as string) z
= select cast(interval '1-2' year to month as string) z
= select cast(interval '1 02:03:04' day to second as string) z
= select bigint(' 7') z
= select int('007') z
= select cast(1704622830 as timestamp) z
= select cast(1.7d as timestamp) z
= select cast(timestamp'2024-01-07 10:20:30.9' as bigint) z
~date-text select cast(timestamp'1969-12-31 23:59:59.5' as bigint) z
= select cast('T' as boolean) z
= select cast('1' as boolean) z
= select cast(12.345 as decimal(4,1)) z
= select cast(-12.35 as decimal(4,1)) z
= select cast(12.25d as decimal(4,1)) z
= select cast(0.005d as decimal(4,2)) z
