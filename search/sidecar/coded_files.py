"""A coded index on disk: its vectors by a second name, the keys of one moment, and what was learned, so that none is lost."""

import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from search.sidecar.coded import CodedIndex
from search.sidecar.codes import Codes, Effort
from search.sidecar.durable import UnusableSnapshot, check, read_array, write_array
from search.sidecar.rows import RowFile

VECTORS, KEYS, CODES, ROTATION = "vectors.f16", "keys.npy", "codes.npy", "rotation.npy"


@dataclass(frozen=True)
class CodedFiles:
    """What has to be known to trust them, and the effort that searches take. `factor` is 0 while nothing is learned."""

    slots: int
    vectors_crc32: int
    keys_crc32: int
    codes_crc32: int = 0
    rotation_crc32: int = 0
    factor: float = 0.0
    deep_factor: float = 0.0
    missed: float = 0.0
    measured_slots: int = 0


def write(folder: Path, index: CodedIndex) -> CodedFiles:
    """Raises OSError. Vectors are only ever added to their file, so all snapshots share it instead of copying it."""
    keys, codes, packed = index.frozen()
    index.row_file.link_to(folder / VECTORS)  # after the keys: by now it has at least their rows
    vectors_crc32 = index.row_file.checksum(len(keys))
    keys_crc32 = write_array(folder / KEYS, keys)
    if codes is None:
        return CodedFiles(len(keys), vectors_crc32, keys_crc32)
    codes_crc32 = write_array(folder / CODES, packed)
    rotation_crc32 = write_array(folder / ROTATION, codes.rotation)
    learned = asdict(codes.effort) | {"measured_slots": codes.measured_slots}
    return CodedFiles(len(keys), vectors_crc32, keys_crc32, codes_crc32, rotation_crc32, **learned)


def read(folder: Path, dims: int, files: CodedFiles, target: Path) -> CodedIndex:
    """The index as it was, its vectors mapped from the new name `target`. Raises UnusableSnapshot or OSError."""
    keys = _checked(folder / KEYS, files.keys_crc32)
    check(keys.shape == (files.slots,) and keys.dtype == np.int64, "its keys have another shape")
    codes = _read_codes(folder, dims, files) if files.factor else None
    expected_bytes = files.slots * dims * 2
    check((folder / VECTORS).stat().st_size >= expected_bytes, "its vectors are cut off")
    target.parent.mkdir(mode=0o700, exist_ok=True)
    rows = RowFile.adopt(folder / VECTORS, target, dims, files.slots)
    check(rows.checksum(files.slots) == files.vectors_crc32, "the checksum of its vectors is wrong")
    return CodedIndex(rows, keys, codes)


def _read_codes(folder: Path, dims: int, files: CodedFiles) -> Codes:
    rotation = _checked(folder / ROTATION, files.rotation_crc32)
    check(rotation.shape == (dims, dims) and rotation.dtype == np.float32, "its rotation has another shape")
    scan = faiss.deserialize_index(_checked(folder / CODES, files.codes_crc32))
    if not isinstance(scan, faiss.IndexIVFPQFastScan) or scan.ntotal != files.slots:
        raise UnusableSnapshot("its codes are of another index")
    effort = Effort(files.factor, files.deep_factor, files.missed)
    return Codes(rotation, scan, effort, files.measured_slots)


def _checked(path: Path, crc32: int) -> np.ndarray[Any, Any]:
    array = read_array(path)
    check(zlib.crc32(array.data) == crc32, f"the checksum of {path.name} is wrong")
    return array
