select order_id, explode(items) as item from orders order by order_id limit 20;

select order_id, item.product_id, item.quantity, item.price from (select order_id, explode(items) as item from orders) order by order_id, item.product_id;

select o.order_id, i.product_id, i.quantity * i.price as total from orders o lateral view explode(o.items) t as i order by 1, 2;

select order_id, pos, item.product_id from orders lateral view posexplode(items) t as pos, item order by order_id, pos;

select order_id, inline(items) from orders order by order_id limit 30;

select order_id, inline_outer(items) from orders where size(items) = 0 or items is null order by order_id;

select customer_id, tag from customers lateral view outer explode(tags) t as tag order by customer_id, tag;

select tag, count(*) as n from customers lateral view explode(tags) t as tag group by tag order by n desc, tag;

select tag, avg(price) as mean from products lateral view explode(tags) x as tag where price > 10 group by tag order by tag;

select size(items) as lines, count(*) as orders from orders group by size(items) order by lines;

select order_id, items[0].product_id as first_product, items[0].price from orders where size(items) > 0 order by order_id;

select order_id, element_at(items, -1).quantity as last_quantity from orders where size(items) > 0 order by order_id;

select order_id, aggregate(items, cast(0 as decimal(20,2)), (acc, x) -> cast(acc + x.quantity * x.price as decimal(20,2))) as total from orders order by order_id;

select order_id, transform(items, x -> x.product_id) as products from orders order by order_id;

select order_id, filter(items, x -> x.quantity > 2) as bulk from orders order by order_id;

select order_id from orders where exists(items, x -> x.product_id = 7) order by order_id;

select order_id, forall(items, x -> x.quantity > 0) as ok from orders order by order_id;

select customer_id, array_contains(tags, 'vip') as vip from customers order by customer_id;

select customer_id, array_join(tags, ',') as tags from customers order by customer_id;

select customer_id, array_distinct(tags) as tags, array_size(tags) as n from customers order by customer_id;

select customer_id, sort_array(tags, false) as tags from customers order by customer_id;

select a.customer_id, array_intersect(a.tags, array('vip', 'new')) as both, array_except(a.tags, array('new')) as rest, array_union(a.tags, array('x')) as more from customers a order by 1;

select arrays_overlap(tags, array('vip', 'loyal')) as special, count(*) from customers group by 1 order by 1;

select customer_id, slice(tags, 1, 2) as two, array_position(tags, 'vip') as at, array_remove(tags, 'new') as old from customers order by customer_id;

select customer_id, array_sort(collect_list(order_id)) as orders from orders group by customer_id order by customer_id;

select customer_id, sort_array(collect_set(channel)) as channels, size(collect_set(channel)) as n from orders group by customer_id order by customer_id;

select customer_id, sort_array(collect_list(struct(order_date, order_id, amount))) as history from orders group by customer_id order by customer_id;

select customer_id, transform(sort_array(collect_list(struct(order_date, status))), x -> x.status) as path from orders group by customer_id order by customer_id;

select customer_id, attributes['plan'] as plan, attributes['source'] as source from customers order by customer_id;

select attributes['plan'] as plan, count(*) as n from customers group by attributes['plan'] order by plan;

select customer_id, map_keys(attributes) as k, map_values(attributes) as v, size(attributes) as n from customers order by customer_id;

select customer_id, key, value from customers lateral view explode(attributes) t as key, value order by customer_id, key;

select customer_id, explode(attributes) from customers order by 1, 2;

select customer_id, element_at(attributes, 'plan') as plan, map_contains_key(attributes, 'source') as known from customers order by customer_id;

select map_from_entries(sort_array(collect_list(struct(status, n)))) as counts from (select status, count(*) as n from orders where status is not null group by status);

select customer_id, map_from_arrays(array('a', 'b'), array(1, 2))['b'] as b, map('x', customer_id) as m from customers order by 1 limit 10;

select customer_id, transform_values(attributes, (k, v) -> upper(v)) as shouted from customers order by customer_id;

select customer_id, map_filter(attributes, (k, v) -> k <> 'source') as rest from customers order by customer_id;

select customer_id, map_concat(attributes, map('country', country)) as more from customers where attributes is not null and country is not null order by customer_id;

select product_id, dims.width, dims.height * dims.depth as side from products order by product_id;

select product_id, dims.* from products order by product_id;

select named_struct('id', product_id, 'name', name) as p, struct(category, price) as q from products order by product_id;

select event_id, get_json_object(properties, '$.page') as page, get_json_object(properties, '$.cart.items') as items from events order by event_id limit 50;

select get_json_object(properties, '$.campaign') as campaign, count(*) as n from events group by 1 order by n desc, campaign;

select event_id, cast(get_json_object(properties, '$.cart.total') as double) as total from events where event_type = 'purchase' order by event_id;

select event_id, from_json(properties, 'page string, campaign string, cart struct<items: int, total: double>') as p from events order by event_id limit 50;

select p.campaign, sum(p.cart.total) as total, count(*) as n from (select from_json(properties, 'campaign string, cart struct<items int, total double>') as p from events where event_type = 'purchase') group by p.campaign order by 1;

select event_id, j.page, j.campaign from events lateral view json_tuple(properties, 'page', 'campaign') j as page, campaign order by event_id limit 50;

select to_json(struct(product_id, name, category)) as j from products order by product_id;

select to_json(named_struct('customer', customer_id, 'orders', collect_list(order_id))) as j from (select customer_id, order_id from orders order by order_id) group by customer_id order by customer_id;

select to_json(map('country', country, 'city', city)) as j from customers where country is not null and city is not null order by customer_id;

select schema_of_json('{"a": 1, "b": [1.5, 2]}') as s, json_array_length('[1, 2, 3]') as n, json_object_keys('{"a": 1, "b": 2}') as k;

select from_json('[{"a": 1}, {"a": 2}]', 'array<struct<a int>>') as x, from_json('{"a": 1, "b": 2}', 'map<string, int>') as m;

select flatten(collect_list(tags)) is not null as has, country from customers group by country order by country;

select order_id, zip_with(transform(items, x -> x.quantity), transform(items, x -> x.price), (q, p) -> q * p) as totals from orders order by order_id limit 40;

select arrays_zip(array(1, 2), array('a', 'b')) as z, sequence(1, 10, 3) as s, array_repeat('x', 3) as r, reverse(array(1, 2, 3)) as b;

select customer_id, array_max(transform(tags, t -> length(t))) as longest, array_min(array(3, 1, 2)) as least from customers order by customer_id;

select order_id, array_sort(transform(items, x -> x.price), (a, b) -> case when a > b then -1 when a < b then 1 else 0 end) as prices from orders order by order_id;

select id, x from (select explode(array(1, 2, 3)) as id) lateral view explode(array('a', 'b')) t as x order by id, x;

select stack(2, 'temperature', avg(temperature), 'humidity', avg(humidity)) as (what, mean) from readings;
