"""Dumps of records one after the other: MessagePack, usually compressed with zstandard, each record with its vector."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgpack
import numpy as np
import zstandard

from ingestion.crawlers.dump_fields import Record, record_of
from ingestion.crawlers.dump_parts import Damaged, Slab, opened

READ_BYTES = 64 * 1024
MAX_WINDOW_BYTES = 128 * 1024 * 1024  # of zstandard, which remembers that much while it unpacks
MAX_RECORD_BYTES = 256 * 1024  # 64 times that in memory, if it is made of empty maps
MAX_ENTRIES = 10_000  # of a list or of the fields of a record
CUT_OFF = "It ends in the middle of a record: get the file again. What stands before that was taken."
DAMAGED = "Its record number {n} cannot be read: get the file again. What stands before that was taken."
TOO_FAR_BACK = "zstandard cannot unpack it: {error}. Get the file again, or write it with a window of at most 128 MB."


def slabs(path: Path, dims: int, start: int, size: int) -> Iterator[Slab]:
    """Records from number `start` on, up to `size` at once. Raises Damaged where they cannot be read any further."""
    halves: list[bytes] = []
    found: list[Record] = []
    tally: Counter[str] = Counter()
    count = 0
    try:
        for entry in entries(path, start):
            count += 1
            record, vector = _read(entry, dims, tally)
            if record is not None:
                found.append(record)
                halves.append(vector)
            if count == size:
                yield _slab(count, found, halves, dims, tally)
                halves, found, tally, count = [], [], Counter(), 0
    except Damaged:
        if count:
            yield _slab(count, found, halves, dims, tally)
        raise
    if count:
        yield _slab(count, found, halves, dims, tally)


def _slab(count: int, found: list[Record], halves: list[bytes], dims: int, tally: Counter[str]) -> Slab:
    return Slab(count, found, np.frombuffer(b"".join(halves), "<f2").reshape(len(halves), dims), tally)


def _read(entry: Any, dims: int, tally: Counter[str]) -> tuple[Record | None, bytes]:
    if not isinstance(entry, dict) or not all(isinstance(name, str) for name in entry):
        tally["not-a-record"] += 1
        return None, b""
    vector = entry.pop("embedding", None)
    if not isinstance(vector, bytes) or len(vector) != 2 * dims:
        tally["dims"] += 1
        return None, b""
    return record_of(entry, tally), vector


def entries(path: Path, start: int) -> Iterator[Any]:
    """Whatever stands in a file from entry `start` on. Raises Damaged where that cannot be told any more."""
    # Lengths are believed up to these: a few bytes may claim to be followed by four billion entries.
    unpacker = msgpack.Unpacker(
        unicode_errors="replace", strict_map_key=False, max_buffer_size=MAX_RECORD_BYTES + READ_BYTES,
        max_array_len=MAX_ENTRIES, max_map_len=MAX_ENTRIES, max_str_len=MAX_RECORD_BYTES, max_bin_len=MAX_RECORD_BYTES,
    )  # fmt: skip
    fed = seen = ended = 0
    with ExitStack() as held:
        for data in _unpacked(path, held):
            try:
                unpacker.feed(data)
                fed += len(data)
                while True:
                    entry = unpacker.skip() if seen < start else unpacker.unpack()
                    seen += 1
                    ended = unpacker.tell()
                    if seen > start:
                        yield entry
            except msgpack.OutOfData:
                if fed - ended > MAX_RECORD_BYTES:
                    raise Damaged("damaged", DAMAGED.format(n=seen + 1)) from None
            except (ValueError, TypeError, RecursionError, msgpack.exceptions.BufferFull) as error:
                raise Damaged("damaged", DAMAGED.format(n=seen + 1)) from error
    if ended != fed:
        raise Damaged("cut-off", CUT_OFF)
    if not fed:
        raise Damaged("empty", "There is nothing in it, or it was cut off near its beginning: get the file again.")


def _unpacked(path: Path, held: ExitStack) -> Iterator[bytes]:
    file: BinaryIO = held.enter_context(opened(path))
    reader: Any = file
    if path.suffix == ".zst":
        unpacking = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
        reader = held.enter_context(unpacking.stream_reader(file, read_across_frames=True))
    try:
        while data := reader.read(READ_BYTES):
            yield data
    except zstandard.ZstdError as error:
        raise Damaged("damaged", TOO_FAR_BACK.format(error=error)) from error
    except OSError as error:
        raise Damaged("unreadable", f"It cannot be read: {os.strerror(error.errno or 0)}.") from error
