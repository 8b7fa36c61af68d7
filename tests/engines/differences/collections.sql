= select size(array(1,2)) z
! select size(null) z
= select size(map('a',1)) z
= select cardinality(array()) z
= select array_contains(array(1,null),2) z
= select array_contains(array(1,null),1) z
= select array_distinct(array(1,2,1,null,null)) z
= select array_union(array(1,2),array(2,3)) z
= select array_intersect(array(1,2,null),array(2,null)) z
~fails-late select array_except(array(1,2,null),array(2)) z
= select array_join(array('a',null,'b'),',') z
= select array_join(array('a',null,'b'),',','-') z
= select array_max(array(1,null,3)) z
= select array_min(array(1,null,3)) z
= select array_max(array(double('nan'),1d)) z
= select array_position(array('a','b'),'b') z
= select array_position(array('a'),'z') z
= select array_remove(array(1,2,null,1),1) z
= select array_repeat('a',2) z
= select array_sort(array(3,null,1)) z
= select sort_array(array(3,null,1)) z
= select sort_array(array(3,null,1),false) z
= select array_sort(array('b','a'),(x,y)->case when x<y then 1 when x>y then -1 else 0 end) z
= select slice(array(1,2,3),2,2) z
= select slice(array(1,2,3),-2,2) z
~wrong-values select slice(array(1,2,3),0,1) z
= select flatten(array(array(1),array(2,3))) z
= select flatten(array(array(1),null)) z
= select arrays_zip(array(1,2),array('a')) z
= select arrays_overlap(array(1,null),array(2)) z
= select arrays_overlap(array(1,2),array(2)) z
= select array_append(array(1),2) z
= select array_prepend(array(1),0) z
= select array_insert(array(1,3),2,2) z
= select array_insert(array(1),5,9) z
= select array_compact(array(1,null)) z
= select array_size(array(1)) z
= select get(array(1,2),5) z
= select get(array(1,2),0) z
= select sequence(1,5) z
= select sequence(5,1) z
= select sequence(1,10,3) z
- select sequence(1,5,-1) z
= select transform(array(1,2),x->x*2) z
= select transform(array(1,2),(x,i)->x+i) z
= select filter(array(1,2,3),x->x>1) z
= select filter(array(1,2,3),(x,i)->i>0) z
= select exists(array(1,null),x->x>1) z
= select exists(array(1,2),x->x>1) z
= select forall(array(1,2),x->x>0) z
= select forall(array(1,null),x->x>0) z
= select aggregate(array(1,2,3),0,(a,x)->a+x) z
= select aggregate(array(1,2,3),0,(a,x)->a+x,a->a*10) z
= select reduce(array(1.5,2.5),cast(0 as decimal(10,2)),(a,x)->cast(a+x as decimal(10,2))) z
= select transform(array('a','b'),x->upper(x)) z
= select transform(array(array(1),array(2)),x->x[0]) z
= select transform(filter(array(1,2,3),x->x>1),y->y+1) z
= select map_filter(map('a',1,'b',2),(k,v)->v>1) z
= select map_keys(map('a',1,'b',2)) z
= select map_values(map('a',1,'b',2)) z
= select map_entries(map('a',1)) z
= select map_from_arrays(array('a','b'),array(1,2)) z
= select map_from_entries(array(struct('a',1))) z
= select map_concat(map('a',1),map('b',2)) z
- select map_concat(map('a',1),map('a',2)) z
- select map('a',1,'a',2) z
= select map_contains_key(map('a',1),'a') z
= select named_struct('a',1,'b','x') z
= select struct(1,'x') z
= select struct(1 as a, 2 as b).b z
= select named_struct('a',1).a z
! select array(named_struct('a',1),named_struct('a',2)).a z
= select map('a',named_struct('x',1))['a'].x z
= select array(1,2)[0] z
= select array(array(1,2))[0][1] z
= select map(1,'a')[1] z
= select element_at(array(1,2),-1) z
= select named_struct('a',1) = named_struct('a',1) z
= select named_struct('a',1) < named_struct('a',2) z
= select array(1,2) < array(1,3) z
= select array(1,null) = array(1,null) z
= select array(1,2) = array(1,2) z
= select inline_outer(array(named_struct('a',1))) z
? select to_json(named_struct('a',1,'b',null,'c',date'2024-01-07')) z
? select to_json(map('a',1)) z
? select to_json(array(1,2)) z
> select to_json(named_struct('d',1.50,'t',timestamp'2024-01-07 10:00:00','x',x'41')) z
> select to_json(named_struct('a',1.5d,'f',1e20d)) z
? select to_json(named_struct('t',timestamp'2024-01-07 10:00:00'),map('timestampFormat','dd/MM/yyyy')) z
> select to_json(named_struct('a',null),map('ignoreNullFields','false')) z
= select from_json('{"a":1,"b":"x"}','a int, b string') z
= select from_json('{"a":"x"}','a int') z
= select from_json('bad','a int') z
= select from_json('{"a":1.5}','a int') z
= select from_json('[1,2]','array<int>') z
= select from_json('{"a":{"b":1}}','a struct<b:int>') z
= select from_json('{"a":1}','map<string,int>') z
? select from_json('{"t":"07/01/2024"}','t timestamp',map('timestampFormat','dd/MM/yyyy')) z
> select from_json('{a:1}','a int',map('allowUnquotedFieldNames','true')) z
~from-json-strict select from_json("{'a':1}",'a int') z
> select from_json('{"a":1','a int',map('mode','FAILFAST')) z
= select from_json('{"A":1}','a int') z
= select from_json('{"a":null}','a int') z
~from-json-strict select from_json('{"a":12345678901}','a int') z
= select from_json('{"d":"2024-01-07"}','d date') z
= select from_json('{"a":1.10}','a decimal(5,2)') z
= select from_json('{"a":"1"}','a int') z
= select from_json('{"a":1}','a string') z
= select from_json('{"a":{"b":1}}','a string') z
= select get_json_object('{"a":{"b":[1,2]}}','$.a.b[1]') z
= select get_json_object('{"a":{"b":[1,2]}}','$.a') z
= select get_json_object('{"a":1.0}','$.a') z
= select get_json_object('{"a":"x"}','$.a') z
= select get_json_object('{"a":null}','$.a') z
> select get_json_object('{"a":[{"b":1},{"b":2}]}','$.a[*].b') z
= select get_json_object('bad','$.a') z
= select json_array_length('[1,2]') z
= select json_object_keys('{"a":1,"b":2}') z
= select schema_of_json('{"a":1,"b":[1.5]}') z
? select from_csv('1,x','a int, b string') z
? select from_csv('1;x','a int, b string',map('sep',';')) z
? select from_csv('07/01/2024','d date',map('dateFormat','dd/MM/yyyy')) z
> select from_csv('x','a int') z
> select from_csv('1','a int, b string') z
> select from_csv('"a,b",2','a string, b int') z
> select from_csv('NA,2','a string, b int',map('nullValue','NA')) z
? select to_csv(named_struct('a',1,'b','x,y')) z
> select to_csv(named_struct('a',1,'b',null)) z
? select to_csv(named_struct('a',1,'b','x'),map('sep','|')) z
? select to_csv(named_struct('t',timestamp'2024-01-07 10:00:00')) z
= select schema_of_csv('1,abc') z
= select from_xml('<p><a>1</a></p>','a int') z
= select xpath('<a><b>1</b><b>2</b></a>','a/b/text()') z
= select xpath_int('<a><b>1</b></a>','a/b') z
= select to_xml(named_struct('a',1)) z
- select stack(2,1,2,3,4) z
? select is_variant_null(parse_json('null')) z
? select variant_get(parse_json('{"a":1}'),'$.a','int') z
> select parse_json('{"a":1}'):a::int z
? select try_variant_get(parse_json('{"a":"x"}'),'$.a','int') z
? select schema_of_variant(parse_json('{"a":1}')) z
? select to_json(parse_json('{"a":[1,2.5],"b":"x"}')) z
? select cast(parse_json('12') as int) z
