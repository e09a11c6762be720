"""A sidecar in a process of its own over vectors in a file, without a database: what is measured is the search."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np
import psutil

from search.encoders import load
from search.sidecar.client import Sidecar
from search.sidecar.coded import CodedIndex
from search.sidecar.dispatch import Dispatcher
from search.sidecar.plan import Plan
from search.sidecar.served import Served, Space
from search.sidecar.server import Server
from search.sidecar.service import Service
from search.sidecar.snapshot import SnapshotFolder
from search.sidecar.terms import Health, Vector
from search.sidecar.tuning import Tuner
from tests.benchmarks.search_library import DIMS, blocks

CHANGES = 100
FIRST_NEW_MEME = 10**9


@dataclass(frozen=True)
class Running:
    sidecar: Sidecar
    facts: dict[str, float]  # what the process measured itself
    process: psutil.Process


@contextmanager
def running(vectors: Path, folder: Path) -> Iterator[Running]:
    socket = folder / "sidecar.sock"
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.benchmarks.search_process", str(vectors), str(folder)]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        facts = json.loads(process.stdout.readline())
        yield Running(Sidecar(socket, timeout_s=60.0), facts, psutil.Process(process.pid))
    finally:
        process.stdin.close()
        process.wait()


def main() -> None:
    vectors, folder = Path(sys.argv[1]), Path(sys.argv[2])
    faiss.omp_set_num_threads(1)
    snapshots = SnapshotFolder(folder / "snapshots")
    index = CodedIndex(snapshots.new_rows(DIMS))
    for keys, block in blocks(vectors):
        index.extend(keys, block)
    service = Service()
    service.publish(Served(Space(1, "lite", "lite-1", DIMS), load("lite"), index))
    started = time.perf_counter()
    tuner = Tuner(service, snapshots.new_rows, Plan())
    tuner.look()
    assert index.codes is not None, tuner.problem
    facts = {"build_s": time.perf_counter() - started, **asdict(index.codes.effort), **_change(index)}
    facts["codes_bytes"], facts["vectors_bytes"] = len(index) * index.codes.scan.code_size, len(index) * DIMS * 2
    server = Server(folder / "sidecar.sock", Dispatcher(service, lambda: Health("ready")).answer)
    server.start()
    print(json.dumps(facts), flush=True)
    sys.stdin.read()


def _change(index: CodedIndex) -> dict[str, float]:
    """Medians, one meme at a time; the index is as before afterwards."""
    vectors = np.random.default_rng(1).standard_normal((CHANGES, DIMS)).astype(np.float32) / np.float32(28)
    memes = range(FIRST_NEW_MEME, FIRST_NEW_MEME + CHANGES)
    index.replace(FIRST_NEW_MEME, {0: vectors[0]})  # the first makes the directory of memes
    adding = [_timed_ms(index, meme, {0: vector}) for meme, vector in zip(memes, vectors, strict=True)]
    removing = [_timed_ms(index, meme, {}) for meme in memes]
    return {"add_ms": statistics.median(adding), "remove_ms": statistics.median(removing)}


def _timed_ms(index: CodedIndex, meme_id: int, frames: dict[int, Vector]) -> float:
    started = time.perf_counter()
    index.replace(meme_id, frames)
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    main()
