"""Tables as Arrow: the types in which the rows of a DataFrame leave an engine.

Every field may be null here, also inside of structs and lists: engines promise otherwise of
a struct's fields even where the struct itself is null, and Arrow then refuses the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plait.worker.transport.batches import as_schema, loosened

if TYPE_CHECKING:
    from collections.abc import Generator

    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame


def arrow_schema(df: DataFrame) -> pa.Schema:
    """The Arrow types of the columns of `df`; timestamps with a zone are in UTC."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return nullable(
        to_arrow_schema(df.schema, error_on_duplicated_field_names_in_struct=True, timezone="UTC")
    )


def to_arrow(df: DataFrame) -> pa.Table:
    """The whole table in this process. Raises what the engine raises."""
    import pyarrow as pa

    schema = arrow_schema(df)
    tables = list(parts(df, schema))
    return pa.concat_tables(tables) if tables else schema.empty_table()


def parts(df: DataFrame, schema: pa.Schema) -> Generator[pa.Table]:
    """The rows of `df` as they arrive, in the types of `schema`.

    PySpark's public calls give all rows at once, or rows as objects one by one.
    """
    import pyarrow as pa

    client = df._session.client
    answers = client.to_table_as_iterator(df._plan.to_proto(client), df._plan.observations)
    try:
        for answer in answers:
            if isinstance(answer, pa.Table):
                batches = [as_schema(batch, schema) for batch in answer.to_batches()]
                yield pa.Table.from_batches(batches, schema)
    finally:
        answers.close()


def nullable(schema: pa.Schema) -> pa.Schema:
    """The schema in which every field may be null."""
    import pyarrow as pa

    return pa.schema(
        [pa.field(field.name, loosened(field.type), True, field.metadata) for field in schema]
    )
