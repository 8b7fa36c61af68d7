"""Batches in the size and the types in which they are transferred.

As `plait.worker.transport.flight`, this runs where there is no plait, and is sent by value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

# What is smaller is sent together, what is larger in slices.
LEAST_BYTES = 4 * 2**20
MOST_BYTES = 16 * 2**20


def right_sized(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows: small batches joined, large ones cut, empty ones left out."""
    small: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        small.append(batch)
        size += batch.nbytes
        if size >= LEAST_BYTES:
            yield from sliced(joined(small))
            small, size = [], 0
    if small:
        yield from sliced(joined(small))


def joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of several."""
    import pyarrow as pa

    if len(batches) == 1:
        return batches[0]
    return pa.concat_batches(batches)


def sliced(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in slices of about `MOST_BYTES`."""
    pieces = max(1, -(-batch.nbytes // MOST_BYTES))
    step = max(1, -(-batch.num_rows // pieces))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def as_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with exactly the fields and types of `schema`; columns correspond by position.

    Where the two differ only in which nested values may be null, no value is touched.
    """
    import pyarrow as pa

    if batch.schema.equals(schema):
        return batch
    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        if column.type != field.type:
            if loosened(column.type) == loosened(field.type):
                column = relabelled(column, field)
            else:
                column = column.cast(field.type, safe=False)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def relabelled(column: pa.Array, field: pa.Field) -> pa.Array:
    """The same memory under the type of `field`, which has the same layout.

    By Arrow's C data interface, in which an array and its schema are two things.
    """
    import pyarrow as pa

    class Relabelled:
        def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
            del requested_schema
            return field.__arrow_c_schema__(), column.__arrow_c_array__()[1]

    return pa.array(Relabelled())


def loosened(kind: pa.DataType) -> pa.DataType:
    """The type in which every nested field may be null."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return pa.struct([pa.field(f.name, loosened(f.type), True, f.metadata) for f in fields])
    if pa.types.is_map(kind):
        item = kind.item_field
        return pa.map_(
            loosened(kind.key_type), pa.field(item.name, loosened(item.type), True, item.metadata)
        )
    if pa.types.is_list(kind):
        return pa.list_(pa.field("element", loosened(kind.value_type), True))
    return kind
