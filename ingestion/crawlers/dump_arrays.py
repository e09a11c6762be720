"""Dumps as clip-retrieval writes them: vectors in `img_emb/img_emb_0.npy`, their posts in `metadata/metadata_0.parquet`."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.crawlers.dump_fields import ADDRESS, KNOWN, Record, record_of
from ingestion.crawlers.dump_parts import Damaged, Slab, opened

BUFFER_BYTES = 1024 * 1024  # of each column: without it a column of a whole row group is read at once
MAX_COLUMN_BYTES = 4_000_000_000  # of a row group, unpacked
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
NO_ARRAY = "It is no .npy file of vectors: numpy.save() writes them."
IN_COLUMNS = "It is stored column by column: save numpy.ascontiguousarray() of it."
NOT_FLOATS = "It holds {dtype} of the shape {shape}, not a vector of floating-point numbers in each row."
NO_TABLE = "{name} cannot be read as Parquet: get it again."
NO_COLUMN = "{name} has no column of addresses (url); its columns are {columns}."
APART = "It has {vectors} vectors and {name} has {rows} rows, so nobody can tell which belong together: get both again."
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
        table = pq.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise Damaged("damaged", NO_TABLE.format(name=name)) from error
    columns = _columns(table)
    if not any(column.lower() in ADDRESS for column in columns):
        said = ", ".join(table.schema_arrow.names)[:300]
        raise Damaged("no-column", NO_COLUMN.format(name=name, columns=said), table.metadata.num_rows)
    return table


def _columns(table: pq.ParquetFile) -> list[str]:
    return [name for name in table.schema_arrow.names if name.lower() in KNOWN]


def _rows(table: pq.ParquetFile, name: str, start: int, size: int) -> Iterator[list[dict[str, Any]]]:
    """Rows by names in lower case, from `start` on: whole row groups before it are not read."""
    columns, groups = _columns(table), range(table.num_row_groups)
    first = 0
    while first < len(groups) and start >= table.metadata.row_group(first).num_rows:
        start -= table.metadata.row_group(first).num_rows
        first += 1
    if first == len(groups):
        return
    try:
        for batch in table.iter_batches(size, row_groups=list(groups[first:]), columns=columns, use_threads=False):
            if start >= batch.num_rows:
                start -= batch.num_rows
                continue
            rest, start = batch.slice(start), 0
            yield rest.rename_columns([column.lower() for column in rest.schema.names]).to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise Damaged("damaged", NO_TABLE.format(name=name)) from error
