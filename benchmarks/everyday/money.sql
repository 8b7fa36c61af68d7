select order_id, amount * 0.19 as vat, amount * 1.19 as gross from orders order by order_id;

select order_id, round(amount * 0.19, 2) as vat, round(amount / 1.19, 2) as net from orders order by order_id;

select order_id, cast(amount * (1 - 0.05) as decimal(12, 2)) as reduced from orders order by order_id;

select tx_id, amount * fx_rate as euros, round(amount * fx_rate, 2) as rounded from transactions order by tx_id;

select currency, sum(amount * fx_rate) as euros, avg(amount) as mean from transactions group by currency order by currency;

select currency, cast(sum(amount * fx_rate) as decimal(18, 2)) as euros from transactions group by currency order by currency;

select tx_id, amount / fx_rate as foreign from transactions where fx_rate > 0 order by tx_id;

select sum(amount) / count(distinct account_id) as per_account from transactions;

select product_id, price, cost, round((price - cost) / price * 100, 1) as margin_percent from products where price > 0 order by product_id;

select product_id, floor(price) as whole, ceil(price) as up, round(price) as nearest, price - floor(price) as cents from products order by product_id;

select cast(price as int) as i, cast(price as double) as d, cast(price as string) as s, cast(price * 100 as bigint) as cents from products order by product_id;

select bround(price, 1) as even, round(price, 1) as usual, product_id from products order by product_id;

select order_id, line_no, quantity * unit_price as gross, quantity * unit_price * discount as rebate, quantity * unit_price * (1 - discount) as net from order_items order by order_id, line_no;

select order_id, sum(cast(quantity * unit_price * (1 - discount) as decimal(12, 2))) as total from order_items group by order_id order by order_id;

select avg(unit_price) as mean, sum(unit_price) as total, min(unit_price) as low, max(unit_price) as high, stddev_samp(unit_price) as sd from order_items;

select product_id, sum(quantity * unit_price) / sum(quantity) as weighted from order_items group by product_id order by product_id;

select name, salary, bonus, salary + coalesce(bonus, 0) as total, salary * 13 + coalesce(bonus, 0.0) as yearly from employees order by emp_id;

select name, case when rating >= 4.5 then salary * 1.10 when rating >= 4 then salary * 1.05 else salary end as raised from employees order by emp_id;

select name, if(bonus is null, 0, bonus) as bonus, if(bonus > 500, bonus * 0.5, bonus) as taxed from employees order by emp_id;

select department, sum(salary) as payroll, sum(salary) * 0.21 as social, round(avg(salary), 0) as mean from employees group by department order by department;

select account_id, round(sum(case when kind = 'fee' then -amount else 0 end), 2) as fees, round(sum(amount), 2) as net from transactions group by account_id order by account_id;

select sum(amount) as total, sum(cast(amount as double)) as as_double, count(*) as n from transactions where currency = 'EUR';

select try_divide(amount, 0) as nothing, try_add(amount, 1) as more, nullif(amount, 0) as amount from orders order by order_id limit 10;

select amount div 100 as hundreds, amount % 100 as rest from orders where amount is not null order by order_id limit 40;

select greatest(price, cost, 10) as top, least(price, 99.99) as capped, coalesce(cost, 0) as cost from products order by product_id;

select to_number('1,234.50', '9,999.99') as n, to_char(1234.5, '9,999.99') as s, cast('12.345' as decimal(10, 2)) as d;

select price from products union all select salary from employees order by price;

select 'price' as what, avg(price) as mean from products union all select 'salary', avg(salary) from employees order by what;

select credit_limit, credit_limit - coalesce(spent, 0) as left from customers left join (select customer_id, sum(amount) as spent from orders where status = 'paid' group by customer_id) using (customer_id) order by credit_limit, left;

select pow(1 + 0.035, 10) as growth, 1000 * pow(1.035, 10) as grown, 1000 * exp(0.035 * 10) as continuous, 100.00 / 3 as third, 10 / 4 as quotient, 7 % 3 as rest;
