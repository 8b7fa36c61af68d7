select upper(name) as name, length(name) as n from customers order by customer_id;

select concat(name, ' <', email, '>') as contact from customers where email is not null order by customer_id;

select concat_ws(', ', city, country) as place, count(*) as n from customers group by 1 order by 1;

select name || ' (' || country || ')' as label from customers order by customer_id;

select split(email, '@')[1] as domain, count(*) as n from customers where email is not null group by 1 order by n desc, domain;

select substring_index(email, '@', -1) as domain, count(*) as n from customers group by 1 order by 2 desc, 1;

select split_part(email, '@', 1) as account from customers where email like '%@%' order by customer_id;

select regexp_extract(email, '@([a-z0-9.-]+)\\.([a-z]+)$', 1) as host, regexp_extract(email, '\\.([a-z]+)$', 1) as tld from customers order by customer_id;

select lower(trim(email)) as email, count(*) as n from customers group by lower(trim(email)) having count(*) > 1 order by 1;

select initcap(name) as name, initcap(lower(city)) as city from customers order by customer_id;

select substring(phone, 1, 3) as prefix, count(*) from customers group by substring(phone, 1, 3) order by 1;

select left(name, 1) as letter, count(*) as n from customers group by left(name, 1) order by letter;

select right(phone, 4) as last4, customer_id from customers where phone is not null order by customer_id;

select regexp_replace(phone, '[^0-9]', '') as digits from customers order by customer_id;

select replace(replace(phone, '-', ''), ' ', '') as phone from customers order by customer_id;

select translate(phone, '()- ', '') as phone from customers order by customer_id;

select lpad(cast(order_id as string), 8, '0') as code, rpad(status, 10, '.') as status from orders order by order_id limit 30;

select concat('ORD-', lpad(order_id, 6, '0')) as code from orders order by order_id limit 20;

select format_number(amount, 2) as shown from orders order by order_id limit 20;

select format_string('%05d-%s', order_id, status) as code from orders order by order_id limit 20;

select printf('%s has %d orders', c.name, count(*)) as line from customers c join orders o using (customer_id) group by c.customer_id, c.name order by c.customer_id;

select name, instr(name, ' ') as space, locate('a', name) as first_a, position('e' in name) as first_e from customers order by customer_id;

select substring(name, 1, instr(name, ' ') - 1) as first_name, substring(name, instr(name, ' ') + 1) as last_name from customers where instr(name, ' ') > 1 order by customer_id;

select reverse(name) as backwards, repeat('*', length(name)) as masked from customers order by customer_id;

select name from customers where name rlike '^[A-M]' order by customer_id;

select name, city from customers where city regexp '(burg|stadt|ville)$' order by customer_id;

select count(*) from customers where not regexp_like(email, '^[^@ ]+@[^@ ]+\\.[a-z]{2,}$');

select host, regexp_extract(line, '"(GET|POST|PUT|DELETE) ([^ ]*)', 1) as method, regexp_extract(line, '"(GET|POST|PUT|DELETE) ([^ ]*)', 2) as path from weblogs order by 1, 2, 3 limit 40;

select cast(regexp_extract(line, '" (\\d{3}) ', 1) as int) as status, count(*) as n from weblogs group by 1 order by 1;

select regexp_extract_all(line, '(\\d+)', 1) as numbers from weblogs order by line limit 10;

select parse_url(url, 'HOST') as host, parse_url(url, 'PATH') as path, count(*) from weblogs where url like 'http%' group by 1, 2 order by 1, 2;

select parse_url(referrer, 'QUERY', 'utm_source') as source, count(*) from weblogs group by 1 order by 2 desc, 1;

select split(url, '\\?')[0] as page, count(*) as n from weblogs group by 1 order by 2 desc, 1;

select element_at(split(url, '/'), -1) as leaf, count(*) from weblogs group by 1 order by 1;

select size(split(skills, ',')) as n, name from employees where skills is not null order by emp_id;

select trim(skill) as skill, count(*) as people from employees lateral view explode(split(skills, ',')) s as skill group by trim(skill) order by people desc, skill;

select case when user_agent like '%Firefox%' then 'Firefox' when user_agent like '%Chrome%' then 'Chrome' when user_agent like '%Safari%' then 'Safari' else 'other' end as browser, count(*) as hits from weblogs group by 1 order by hits desc, browser;

select url from weblogs where url like any ('%/cart%', '%/checkout%') group by url order by url;

select contains(name, 'an') as has, startswith(name, 'M') as m, endswith(name, 'n') as n, count(*) from customers group by 1, 2, 3 order by 1, 2, 3;

select ascii(name) as code, chr(65 + customer_id % 26) as letter, customer_id from customers order by customer_id limit 30;

select md5(email) as hashed, sha2(email, 256) as sha from customers where email is not null order by customer_id;

select base64(encode(name, 'UTF-8')) as b, decode(unbase64(base64(name)), 'UTF-8') as back from customers order by customer_id limit 20;

select hex(order_id) as h, bin(line_no) as b, conv('ff', 16, 10) as n from order_items order by order_id, line_no limit 10;

select concat(substr(email, 1, 2), '***', substr(email, instr(email, '@'))) as masked from customers where email is not null order by customer_id;

select mask(phone) as phone from customers order by customer_id;

select char_length(name) as chars, octet_length(name) as bytes, bit_length(name) as bits from customers order by customer_id;

select levenshtein(lower(a.name), lower(b.name)) as distance, a.customer_id, b.customer_id from customers a join customers b on a.customer_id < b.customer_id and a.country = b.country where levenshtein(lower(a.name), lower(b.name)) <= 3 order by 1, 2, 3;

select soundex(name) as sound, count(*) from customers group by soundex(name) having count(*) > 1 order by 1;

select array_join(array_sort(split(skills, ',')), '|') as sorted from employees order by emp_id;

select department, concat_ws(', ', sort_array(collect_list(name))) as names from employees group by department order by department;

select country, string_agg(city, ', ') within group (order by city) as cities from (select distinct country, city from customers where city is not null) group by country order by country;

select department, listagg(name, '; ') within group (order by emp_id) as names from employees group by department order by department;

select str_to_map('a=1,b=2', ',', '=')['b'] as b, overlay('abcdef' placing 'XX' from 2) as o, btrim('  x ') as t, ltrim('0', '0012') as l;

select regexp_count(line, '[0-9]+') as numbers, regexp_substr(line, '[A-Z]+') as word, regexp_instr(line, '"') as q from weblogs order by line limit 20;

select replace(name, 'ß', 'ss') as name, upper(city) as city, lower('ÄÖÜ') as l from customers order by customer_id;
