"""Spark SQL types with values that show whether they arrived unharmed, and a null each."""

from __future__ import annotations

# Name → a SQL array of values, the null included; every list has four entries.
VALUES = {
    "boolean": "array(true, false, true, null)",
    "byte": "array(cast(-128 as tinyint), cast(127 as tinyint), cast(0 as tinyint), null)",
    "short": "array(cast(-32768 as smallint), cast(32767 as smallint), cast(1 as smallint), null)",
    "int": "array(cast('-2147483648' as int), 2147483647, 0, null)",
    "long": "array(cast('-9223372036854775808' as bigint), 9223372036854775807L, 0L, null)",
    "float": "array(cast(1.25 as float), cast('NaN' as float), cast('-Infinity' as float), null)",
    "double": "array(1e308D, cast('NaN' as double), cast('Infinity' as double), null)",
    "decimal": "array(cast(12.34 as decimal(10, 2)), cast(-99999999.99 as decimal(10, 2)), "
    "cast(0 as decimal(10, 2)), null)",
    "decimal_38_18": "array(cast('12345678901234567890.123456789012345678' as decimal(38, 18)), "
    "cast('-99999999999999999999.999999999999999999' as decimal(38, 18)), "
    "cast(0 as decimal(38, 18)), null)",
    "decimal_38_0": "array(cast('99999999999999999999999999999999999999' as decimal(38, 0)), "
    "cast(-1 as decimal(38, 0)), cast(0 as decimal(38, 0)), null)",
    "string": "array('', 'ü 漢 🙂', 'it\\'s \"so\"', null)",
    "long_string": "array(repeat('x', 100000), ' ', '\\n\\t', null)",
    "binary": "array(unhex('00FF10'), unhex(''), cast('ab' as binary), null)",
    "date": "array(date'0001-01-01', date'2024-02-29', date'9999-12-31', null)",
    "timestamp": "array(timestamp'1900-01-01 00:00:00', timestamp'2024-03-31 01:30:00.123456', "
    "timestamp'2200-12-31 23:59:59.999999', null)",
    "timestamp_ntz": "array(timestamp_ntz'1900-01-01 00:00:00', "
    "timestamp_ntz'2024-03-31 02:30:00.123456', timestamp_ntz'2200-12-31 23:59:59.999999', null)",
    "array_int": "array(array(1, null, 3), array(), array(-1), null)",
    "array_string": "array(array('a', null), array(), array(''), null)",
    "array_array": "array(array(array(1), array()), array(), array(array(2, null)), null)",
    "map": "array(map('k', 1.5D), map('a', cast(null as double), 'b', 2D), map('', 0D), null)",
    "map_of_arrays": "array(map(1, array('x')), map(2, array()), map(3, array('a', null)), null)",
    "struct": "array(named_struct('a', 1, 'b', 'x'), named_struct('a', null, 'b', null), "
    "named_struct('a', 0, 'b', ''), null)",
    "nested": "array(named_struct('m', map('k', array(named_struct('d', date'2024-02-29')))), "
    "named_struct('m', map('k', array(named_struct('d', cast(null as date))))), "
    "named_struct('m', map('', array(named_struct('d', date'1970-01-01')))), null)",
    "array_of_decimals": "array(array(cast(1.5 as decimal(38, 18))), "
    "array(cast(-1 as decimal(38, 18)), null), array(cast(0 as decimal(38, 18))), null)",
    "array_of_timestamps": "array(array(timestamp'2024-02-29 12:00:00'), "
    "array(timestamp'1960-01-01 00:00:00', null), array(timestamp'2024-01-01 00:00:00'), null)",
    "all_null": "array(cast(null as int), cast(null as int), cast(null as int), null)",
    "vector_like": "array(named_struct('type', cast(1 as tinyint), 'size', cast(null as int), "
    "'indices', cast(null as array<int>), 'values', array(1D, 2D)), "
    "named_struct('type', cast(0 as tinyint), 'size', 3, 'indices', array(1), "
    "'values', array(5D)), named_struct('type', cast(1 as tinyint), 'size', cast(null as int), "
    "'indices', cast(null as array<int>), 'values', array(0D)), null)",
}


def table_of_all_types() -> str:
    """A query of four rows with a column for each type, and `row_id` to tell the rows."""
    columns = ", ".join(
        f"element_at({values}, row_id) as {name}" for name, values in VALUES.items()
    )
    return f"select row_id, {columns} from (select explode(array(1, 2, 3, 4)) as row_id)"
