"""Dumps as clip-retrieval writes them: vectors in `img_emb/img_emb_0.npy`, their posts in `metadata/metadata_0.parquet`."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.crawlers.dump_fields import ADDRESS, KNOWN, MAX_ADDRESS, MAX_TEXT, Record, record_of
from ingestion.crawlers.dump_parts import Damaged, Slab, opened

BUFFER_BYTES = 1024 * 1024  # of each column: without it a column of a whole row group is read at once
MAX_GROUP_BYTES = 512_000_000  # of those columns of a row group that are read, unpacked
MAX_CHARACTERS = max(MAX_ADDRESS, MAX_TEXT) + 1  # of a text: one more than counts, so that what is too long shows
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
NO_ARRAY = "It is no .npy file of vectors: numpy.save() writes them."
IN_COLUMNS = "It is stored column by column: save numpy.ascontiguousarray() of it."
NOT_FLOATS = "It holds {dtype} of the shape {shape}, not a vector of floating-point numbers in each row."
NO_TABLE = "{name} cannot be read as Parquet: get it again."
NO_COLUMN = "{name} has no column of addresses (url) as texts; its columns are {columns}."
APART = "It has {vectors} vectors and {name} has {rows} rows, so nobody can tell which belong together: get both again."
TOO_LARGE = "{name} has {size} MB in one row group: write it with smaller ones (row_group_size), of at most {most} MB."
CUT_OFF = "It ends after {n} of {rows} vectors: get the file again. What stands before that was taken."


@dataclass(frozen=True)
class Header:
    """What a .npy file says of itself, and where its numbers begin."""

    rows: int
    dims: int
    dtype: "np.dtype[Any]"
    offset: int


def slabs(vectors: Path, metadata: Path, dims: int, start: int, size: int) -> Iterator[Slab]:
    """Rows from `start` on, up to `size` at once. Raises Damaged where they cannot be read (any further)."""
    with ExitStack() as held:
        file = held.enter_context(opened(vectors))
        header = header_of(file)
        table = _table(held.enter_context(opened(metadata)), metadata.name)
        if table.metadata.num_rows != header.rows:
            said = APART.format(vectors=header.rows, name=metadata.name, rows=table.metadata.num_rows)
            raise Damaged("counts-differ", said, max(header.rows, table.metadata.num_rows))
        if header.dims != dims:
            said = f"Its vectors have {header.dims} numbers and those of the chosen space {dims}: was another encoder used?"
            raise Damaged("dims", said, header.rows)
        file.seek(header.offset + start * header.dims * header.dtype.itemsize)
        for rows in _rows(table, metadata.name, start, size):
            slab = _slab(file, header, rows)
            start += slab.count
            yield slab
            if slab.count < len(rows):
                raise Damaged("cut-off", CUT_OFF.format(n=start, rows=header.rows), header.rows - start)


def _slab(file: BinaryIO, header: Header, rows: list[dict[str, Any]]) -> Slab:
    data = file.read(len(rows) * header.dims * header.dtype.itemsize)
    count = len(data) // (header.dims * header.dtype.itemsize)
    block: npt.NDArray[Any] = np.frombuffer(data, header.dtype, count * header.dims).reshape(count, header.dims)
    tally: Counter[str] = Counter()
    found: list[Record] = []
    kept: list[int] = []
    for number, row in enumerate(rows[:count]):
        record = record_of(row, tally)
        if record is not None:
            found.append(record)
            kept.append(number)
    return Slab(count, found, block[kept], tally)


def header_of(file: BinaryIO) -> Header:
    """Raises Damaged when it is not an array of vectors; nothing in it is ever unpickled."""
    try:
        shape, is_in_columns, dtype = HEADERS[np.lib.format.read_magic(file)](file)
    except (ValueError, KeyError, OSError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise Damaged("not-an-array", NO_ARRAY) from error
    if len(shape) != 2 or dtype.kind != "f" or dtype.itemsize > 8 or min(shape[1], 1) < 1:
        raise Damaged("not-vectors", NOT_FLOATS.format(dtype=dtype, shape=shape))
    if is_in_columns and min(shape) > 1:
        raise Damaged("in-columns", IN_COLUMNS, shape[0])
    return Header(shape[0], shape[1], dtype, file.tell())


def _table(file: BinaryIO, name: str) -> pq.ParquetFile:
    try:
        schema = pq.read_schema(file)
        # A text that repeats for a whole row group is a few bytes of the file: it has to stay one text in memory.
        texts = [path for path, kind in _columns(schema).items() if _is_text(kind)]
        table = pq.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False, read_dictionary=texts)
    except (pa.ArrowException, OSError) as error:
        raise Damaged("damaged", NO_TABLE.format(name=name)) from error
    if not any(path.lower() in ADDRESS for path in texts):
        said = ", ".join(schema.names)[:300]
        raise Damaged("no-column", NO_COLUMN.format(name=name, columns=said), table.metadata.num_rows)
    return table


def _columns(schema: pa.Schema) -> dict[str, pa.DataType]:
    """By path, what is read, also of fields in `metadata`. Not lists and bytes: they say nothing, however long."""
    paths: dict[str, pa.DataType] = {}
    for field in schema:
        is_nested = field.name.lower() == "metadata" and pa.types.is_struct(field.type)
        paths |= {f"{field.name}.{one.name}": one.type for one in field.type} if is_nested else {field.name: field.type}
    return {
        path: kind
        for path, kind in paths.items()
        if path.lower().removeprefix("metadata.") in KNOWN and (_is_text(kind) or pa.types.is_primitive(kind))
    }


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))


def _rows(table: pq.ParquetFile, name: str, start: int, size: int) -> Iterator[list[dict[str, Any]]]:
    """Rows by names in lower case, from `start` on: whole row groups before it are not read."""
    columns, groups = list(_columns(table.schema_arrow)), range(table.num_row_groups)
    first = 0
    while first < len(groups) and start >= table.metadata.row_group(first).num_rows:
        start -= table.metadata.row_group(first).num_rows
        first += 1
    if first == len(groups):
        return
    _check(table, name, groups[first:], columns)
    try:
        for batch in table.iter_batches(size, row_groups=list(groups[first:]), columns=columns, use_threads=False):
            if start >= batch.num_rows:
                start -= batch.num_rows
                continue
            rest, start = batch.slice(start), 0
            yield _dicts(rest)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise Damaged("damaged", NO_TABLE.format(name=name)) from error


def _check(table: pq.ParquetFile, name: str, groups: Iterable[int], columns: Collection[str]) -> None:
    """Raises Damaged when a row group would not fit into memory."""
    for number in groups:
        group = table.metadata.row_group(number)
        chunks = [group.column(at) for at in range(group.num_columns)]
        size_bytes = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in columns)
        if size_bytes > MAX_GROUP_BYTES:
            said = TOO_LARGE.format(name=name, size=size_bytes // 1_000_000, most=MAX_GROUP_BYTES // 1_000_000)
            raise Damaged("too-large", said, table.metadata.num_rows)


def _dicts(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    flat: dict[str, list[Any]] = {}
    nested: dict[str, list[Any]] = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_struct(field.type):
            nested |= {one.name.lower(): _values(part) for one, part in zip(field.type, column.flatten(), strict=True)}
        else:
            flat[field.name.lower()] = _values(column)
    rows = [dict(zip(flat, row, strict=True)) for row in zip(*flat.values(), strict=True)]
    for row, values in zip(rows, zip(*nested.values(), strict=True), strict=bool(nested)):
        row["metadata"] = dict(zip(nested, values, strict=True))
    return rows


def _values(column: pa.Array) -> list[Any]:
    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    texts, places = pc.utf8_slice_codeunits(column.dictionary, 0, MAX_CHARACTERS), column.indices
    if len(texts) > len(places):
        return list(texts.take(places).to_pylist())
    said = texts.to_pylist()
    return [None if place is None else said[place] for place in places.to_pylist()]
