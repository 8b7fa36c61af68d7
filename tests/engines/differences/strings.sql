= select substring('hello',2,3) z
= select substring('hello',-3,2) z
= select substring('hello',0,2) z
= select substr('hello',2) z
~fails-late select substring('hello',2,-1) z
= select substring('hello' from 2 for 2) z
= select left('abc',-1) z
= select left('abc',2) z
= select right('abc',2) z
= select right('abc',0) z
= select lpad('7',3,'0') z
= select lpad('abcd',2,'0') z
= select rpad('7',3,'xy') z
= select rpad('a',0) z
= select lpad('a',3,'') z
= select trim('  a ') z
= select ltrim('xxa','x') z
- select ltrim('x' from 'xxa') z
= select trim(both 'x' from 'xax') z
= select trim(leading from '  a ') z
= select rtrim('axx','x') z
= select trim('xax','x') z
= select upper('straße') z
= select lower('ÀÉ') z
= select initcap('hello wORLD-x y_z') z
= select length('héllo') z
= select char_length('a ') z
= select octet_length('é') z
= select bit_length('é') z
= select reverse('héllo') z
= select reverse(array(1,2)) z
= select repeat('ab',3) z
= select repeat('ab',0) z
= select repeat('ab',-1) z
= select instr('hello','l') z
= select locate('l','hello',4) z
= select locate('','abc') z
= select position('l','hello') z
= select replace('aaa','a','b') z
= select replace('abc','b') z
= select translate('abcba','ab','x') z
= select split('a,b,,c,,',',') z
= select split('a,b,c',',',2) z
= select split('abc','') z
= select split('a.b','.') z
= select split('a.b','\\.') z
= select split_part('a.b.c','.',2) z
= select split_part('a.b.c','.',-1) z
- select split_part('a.b.c','.',0) z
= select split_part('a.b','.',5) z
= select concat_ws('-','a',null,'b') z
= select concat_ws('-',array('a',null),'b') z
= select concat('a',null) z
= select 'a' || 1 z
= select substring_index('a.b.c','.',2) z
= select substring_index('a.b.c','.',-1) z
= select ascii('é') z
= select ascii('') z
= select chr(65) z
= select chr(233) z
= select chr(-1) z
= select char(256) z
= select base64('abc') z
= select unbase64('YWJj') z
= select md5('a') z
= select sha('a') z
= select sha2('a',256) z
= select sha2('a',0) z
= select crc32('a') z
= select hash('a',1) z
= select xxhash64('a',1L) z
~fails-late select hash(null) z
= select hash(1.5d) z
= select hash(date'2024-01-07') z
~hash-of-decimal select hash(1.50) z
= select xxhash64(1.50) z
~fails-late select hash(array(1,2)) z
- select hash(map('a',1)) z
= select xxhash64(array(1,2)) z
~fails-late select hash(named_struct('a',1)) z
= select soundex('Miller') z
= select levenshtein('kitten','sitting') z
= select levenshtein('kitten','sitting',2) z
= select format_number(12345.678,2) z
= select format_number(0.5,0) z
= select format_number(2.5,0) z
= select format_number(12345.678,'#,###.#') z
> select format_string('%5d|%-5s|%05.2f',42,'ab',3.14159) z
= select printf('%d %s',1,'x') z
? select format_string('%x %e',255,12345.678d) z
= select format_string('%,d',1234567) z
= select overlay('abcdef' placing 'X' from 2 for 3) z
= select find_in_set('b','a,b') z
= select contains('abc','b') z
= select startswith('abc','a') z
= select endswith('abc','c') z
= select 'abc' like 'a%' z
= select 'a_c' like 'a\\_c' z
= select 'abc' ilike 'A%' z
= select 'abc' rlike '^a.c$' z
= select 'abc' rlike 'b' z
= select 'a\nb' like 'a%b' z
= select 'a\nb' rlike 'a.b' z
= select regexp_extract('a1b22','(\\d+)',1) z
= select regexp_extract('abc','(x)',1) z
= select regexp_extract('a1b22','\\d+',0) z
= select regexp_extract('abc','(x)?b',1) z
= select regexp_extract_all('a1b22','(\\d+)',1) z
= select regexp_replace('a1b22','\\d+','<$0>') z
= select regexp_replace('a1b22','(\\d)','[$1]') z
= select regexp_replace('abc','','-') z
= select regexp_replace('aaa','a','b',2) z
= select regexp_count('a1b22','\\d') z
= select regexp_instr('a1b22','\\d+') z
= select regexp_substr('a1b22','\\d+') z
= select regexp_like('abc','B') z
= select regexp_replace('ABC','(?i)b','x') z
= select regexp_replace('a.b','[.]','') z
= select regexp_replace('x','x','\\$') z
= select regexp_extract('key=val','(?<k>\\w+)=(?<v>\\w+)',2) z
= select 'abc' rlike '\\bab' z
~regexp-ascii select regexp_replace('é1','\\w','x') z
~regexp-ascii select 'É' rlike '(?i)é' z
= select regexp_replace('a\tb','\\s','_') z
= select 'ab' rlike '\\p{Alpha}+' z
= select 'ab' rlike '[[:alpha:]]' z
= select 'ab' rlike '[a-z&&[^b]]{2}' z
= select 'a]' rlike '[]a]' z
= select encode('abc','utf-16') z
= select decode(encode('é','utf-8'),'utf-8') z
= select decode(x'e9','iso-8859-1') z
= select space(2) z
= select mask('Ab1-') z
= select to_char(12345,'99,999') z
= select to_char(1.5,'0.00') z
= select to_number('1,234','9,999') z
= select to_number('$12.50','$99.99') z
= select try_to_number('x','99') z
= select luhn_check('79927398713') z
= select parse_url('http://u:p@h:80/p/a?q=1&r=2#f','QUERY','q') z
= select parse_url('http://h/p?q=1','HOST') z
~wrong-values select parse_url('bad url','HOST') z
= select url_encode('a b&c/é') z
= select url_decode('a+b%26') z
= select quote('it\'s') z
= select sentences('Hi there! Bye.') z
= select str_to_map('a:1,b:2') z
= select str_to_map('a=1;b=2',';','=') z
? select typeof(1) z
? select typeof(1.5) z
? select typeof(array(1)) z
? select typeof(null) z
> select typeof(1 + 1.5) z
? select typeof(5/2) z
? select typeof(sum(1)) z
? select typeof(avg(1.5)) z
? select typeof(count(*)) z
? select typeof(1L*1) z
> select typeof(date'2024-01-07' - date'2024-01-01') z
> select typeof(interval 1 day) z
? select typeof(map('a',1)) z
? select typeof(ceil(1.5)) z
? select typeof(round(1.25,1)) z
? select typeof(length('a')) z
? select typeof(size(array(1))) z
? select typeof(10.00/3) z
= select uuid() is not null z
= select equal_null(null,null) z
= select null <=> null z
= select 1 <=> null z
= select null = null z
= select not null z
= select null and false z
= select null or true z
= select isnull(null) z
= select nullif(1,1) z
= select char(65) z
= select lcase('A') z
= select ucase('a') z
= select is_valid_utf8('a') z
= select bitmap_count(x'ff') z
> select collate('a','UTF8_LCASE') = 'A' z
= select 'a' = 'a ' z
= select 'a' < 'B' z
= select 'é' > 'z' z
= select '' is null z
- select empty2null('') z
= select string(x'41') z
= select x'41' || x'42' z
= select length(x'4142') z
> select substring(x'414243',2,1) z
= select concat(x'41', 'b') z
= select upper(null) z
= select r'\d' z
= select '\u0041' z
= select 'a\tb' z
= select "double" z
= select 'a' 'b' z
= select '\%' z
= select '\x' z
= select left('abc', 0) z
= select left(null,1) z
= select right('abc',-1) z
= select left('abc', 1-2) z
= select split('a1b','[0-9]') z
= select split('abc','b') z
= select split('','a') z
> select split('abc','',2) z
= select split('a|b','|') z
= select split('a|b','[|]') z
= select split('aXbxc','x') z
~regexp-ascii select regexp_replace('aé','[^\\w]','_') z
= select regexp_replace('a b','\\W','') z
~regexp-ascii select '٣' rlike '\\d' z
= select regexp_replace('x1','(x)(1)','$2$1') z
= select regexp_replace('x1','(x)(1)','$2_$1') z
= select regexp_replace('x1','x','\\\\') z
= select regexp_extract('ab','(a)(b)',2) z
= select regexp_extract('ab','(a)(b)') z
- select regexp_extract('ab','(a)(b)',3) z
~wrong-values select regexp_replace('price: 5','(\\d)','$1$') z
= select regexp_replace('aaa','a{2}','b') z
= select 'a\nb' rlike 'a$' z
= select 'ab' rlike '^b' z
- select 'x' rlike '(' z
= select lower('İ') z
= select upper('ﬁ') z
= select initcap('o\'neil mc-donald') z
= select initcap('a.b c') z
= select initcap('ÉCOLE') z
= select initcap('') z
= select char(65+256) z
= select chr(256) z
= select ascii('😀') z
= select length('😀') z
= select reverse('😀a') z
= select substring('😀ab',2,1) z
= select lpad('é',3,'😀') z
= select instr('😀a','a') z
= select translate('😀','😀','x') z
= select format_number(1e10d,2) z
= select format_number(-0.005d,2) z
- select format_number(1234.5) z
= select format_string('%s',null) z
> select format_string('%5.1f',2.25d) z
= select format_string('%s',1.5d) z
= select format_string('%s',true) z
= select format_string('%05d',42) z
= select format_string('%+d',42) z
? select format_string('%e',12345.678d) z
= select format_string('%10s|','a') z
- select format_string('%c','a') z
= select format_string('%%') z
= select format_string('%b',true) z
= select format_string('%x',255) z
= select format_string('%o',8) z
> select format_string('%g',0.0001d) z
= select concat_ws(',',1,2) z
= select concat_ws(',',array(1,2)) z
= select array_join(array(1,2),',') z
= select array_join(transform(array(1,2),x->cast(x as string)),',') z
= select repeat('a',null) z
= select sha1('a') z
= select crc32('') z
= select hex(1.5) z
? select conv('11',2,10) z
> select conv('-5',10,2) z
> select conv('18446744073709551616',10,16) z
= select elt(1,'a','b') z
- select field('a') z
= select find_in_set('','') z
= select levenshtein('','abc') z
= select soundex('') z
= select soundex('1') z
= select to_char(0.5,'9.9') z
= select to_char(-5,'S9') z
= select to_char(1234567,'9,999') z
= select to_number('-5','S9') z
= select ltrim('ab','abcd') z
= select trim('  \t') z
= select rtrim('a\n') z
= select btrim(' a ') z
= select 'a' >= 'A' z
= select 'Z' < 'a' z
= select greatest('a','B') z
= select least('a',null) z
= select string(null) z
= select bit_length('') z
= select uuid() <> uuid() z
= select json_tuple('{"a":1}','a') z
= select get_json_object('{"a":1}','a') z
= select get_json_object('{"a.b":1}','$[\'a.b\']') z
= select get_json_object('[1,2]','$[0]') z
~json-text select get_json_object('{"a":1.50}','$.a') z
~json-text select get_json_object('{"a":1e3}','$.a') z
= select get_json_object('{"a":"\\\\u0041"}','$.a') z
= select get_json_object('{"a":{"c":2,"b":1}}','$.a') z
~json-text select get_json_object('{"a": {"b": 1}}','$.a') z
= select get_json_object('{"a":[]}','$.a') z
> select get_json_object('{"a":[1,2,3]}','$.a[*]') z
= select from_json('{"a":[1,2]}','a array<int>') z
~from-json-strict select from_json('{"a":[1,"x"]}','a array<int>') z
= select from_json('{"a":true}','a boolean') z
= select from_json('{"a":"true"}','a boolean') z
= select from_json('{"a":1}','a double') z
~from-json-strict select from_json('{"a":"NaN"}','a double') z
~fails-late select from_json('{"t":"2024-01-07T10:00:00Z"}','t timestamp') z
= select from_json('{"t":"2024-01-07 10:00:00"}','t timestamp') z
= select from_json('{"a":1,"a":2}','a int') z
~from-json-strict select from_json('','a int') z
= select from_json(null,'a int') z
= select from_json('{}','a int') z
= select from_json('[{"a":1}]','a int') z
= select from_json('{"a":1}','array<struct<a:int>>') z
= select from_json('[{"a":1},{"a":2}]','array<struct<a:int>>') z
~from-json-strict select from_json('{"a":300}','a tinyint') z
= select from_json('{"a":1}', 'struct<a: bigint>') z
= select from_json('{"a":1,"b":2}', 'a int, _corrupt_record string') z
~from-json-strict select from_json('{"x":1', 'a int, _corrupt_record string') z
? select to_json(array(named_struct('a',1))) z
? select to_json(map('a',null)) z
? select to_json(named_struct('a',double('nan'))) z
? select to_json(named_struct('a',array(1,null))) z
? select to_json(named_struct('a b',1)) z
? select to_json(named_struct('s','"q\\u00e9/')) z
> select to_json(named_struct('a',1),map('pretty','true')) z
? select to_json(named_struct('d',date'2024-01-07'),map('dateFormat','dd/MM')) z
? select to_csv(named_struct('a','x','b','')) z
? select to_csv(named_struct('d',1.5d,'b',true)) z
? select to_csv(named_struct('a','q"q')) z
? select from_csv('1,,3','a int, b int, c int') z
? select from_csv('true,1.5,2024-01-07','a boolean, b double, c date') z
> select from_csv(' 1 , x ','a int, b string') z
> select from_csv('1,x,9','a int, b string') z
? select from_csv('','a int') z
? select from_csv('a\\,b','a string, b string') z
> select from_csv("'a,b',2",'a string, b int',map('quote',"'")) z
= select schema_of_json('{"a":1.5,"b":null,"c":"x","d":[{}]}') z
= select schema_of_json('[1]') z
= select schema_of_csv('1.5,true,2024-01-07') z
= select slice(array(1,2,3),1,0) z
= select slice(array(1,2,3),4,1) z
= select slice(array(1,2,3),-5,2) z
= select array_contains(array(1,2),3) z
~wrong-values select array_contains(null,1) z
~wrong-values select array_contains(array('a'),null) z
= select array_position(array(1,null),null) z
= select arrays_zip(array(1,2) ,array(3,4)) z
= select array_distinct(array(1.0,1.00)) z
= select array_union(array(null),array(null)) z
= select array_intersect(array(1,1),array(1)) z
= select array_except(array(1,1,2),array(2)) z
= select array_remove(array(1,null),null) z
= select array_sort(array(double('nan'),1d,null)) z
= select sort_array(array('b','A','a')) z
= select sort_array(array(struct(2,'a'),struct(1,'b'))) z
= select array_max(array('a','B')) z
= select array_min(array(struct(2),struct(1))) z
= select flatten(array(array(array(1)))) z
= select sequence(1,1) z
= select sequence(0,-4,-2) z
= select sequence(date'2024-01-01',date'2024-01-10',interval 3 days) z
= select sequence(date'2024-01-01',date'2024-02-10',interval 1 week) z
- select map_concat(map('a',1),null) z
= select map_from_arrays(array('a'),array(null)) z
= select map_contains_key(map('a',1),'b') z
= select element_at(map(1,'a'),2) z
= select map(1,'a')[2] z
! select map_keys(null) z
= select str_to_map('') z
= select str_to_map('a') z
= select transform(array(1,null),x->coalesce(x,0)) z
= select transform(array(1,2),x->struct(x,x*2)) z
= select filter(array(1,null,2),x->x is not null) z
= select filter(map_keys(map('a',1)),k->k='a') z
= select aggregate(array(),0,(a,x)->a+1) z
= select aggregate(array(1,2),0.0d,(a,x)->a+x) z
= select aggregate(array('a','b'),'',(a,x)->concat(a,x)) z
= select exists(array(),x->x>1) z
= select forall(array(),x->x>1) z
= select array_sort(array(3,1,2),(a,b)->b-a) z
= select map_filter(map(1,2),(k,v)->k>v) z
= select named_struct('a',1,'b',2).b z
= select struct(1,2).col1 z
! select array(struct(1 a)).a z
= select array(1,2)[1-1] z
= select get(array(1),-1) z
= select try_element_at(map('a',1),'b') z
= select size(array(null)) z
= select cardinality(map(1,2)) z
= select array(1,2,3) = array(1,2,3) z
= select array() = array() z
= select concat(array(1),array(2)) z
= select array(1) || array(2) z
- select concat(array(1),null) z
~wrong-values select array_append(null,1) z
= select array_insert(array(1,2),-1,3) z
- select array_insert(array(1,2),0,3) z
= select array_repeat(1,0) z
= select reverse(array(1,null)) z
~fails-late select array_size(null) z
- select inline(array()) z
= select named_struct('a',1) is null z
