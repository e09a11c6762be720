"""A sidecar in a process of its own over vectors in a file, without a database: what is measured is the search."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
from tests.benchmarks.search_library import DIMS, K, blocks

CHANGES = 500
FIRST_NEW_MEME = 10**9


@dataclass(frozen=True)
class Running:
    sidecar: Sidecar
    facts: dict[str, float]  # what the process measured itself
    process: psutil.Process
    answer: Callable[[str], list[float]]  # the file of some queries -> what each takes inside the process, in ms


@contextmanager
def running(vectors: Path, folder: Path) -> Iterator[Running]:
    socket = folder / "sidecar.sock"
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.benchmarks.search_process", str(vectors), str(folder)]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None
    try:
        facts = json.loads(stdout.readline())

        def answer(file: str) -> list[float]:
            stdin.write(json.dumps(file) + "\n")
            stdin.flush()
            waits: list[float] = json.loads(stdout.readline())
            return waits

        yield Running(Sidecar(socket, timeout_s=60.0), facts, psutil.Process(process.pid), answer)
    finally:
        stdin.close()
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
    for line in sys.stdin:
        print(json.dumps(_search_here(index, json.loads(line))), flush=True)


def _search_here(index: CodedIndex, file: str) -> list[float]:
    """Milliseconds that each search takes without socket, process and protocol: the call that the sidecar makes."""
    waits = []
    for query in np.load(file):
        started = time.perf_counter()
        index.search(query, K)
        waits.append((time.perf_counter() - started) * 1000)
    return waits


def _change(index: CodedIndex) -> dict[str, float]:
    """One meme at a time, the first of them the first change since the start; the index is as before afterwards."""
    vectors = np.random.default_rng(1).standard_normal((CHANGES, DIMS)).astype(np.float32) / np.float32(28)
    memes = range(FIRST_NEW_MEME, FIRST_NEW_MEME + CHANGES)
    adding = [_work_ms(index, meme, {0: vector}) for meme, vector in zip(memes, vectors, strict=True)]
    removing = [_work_ms(index, meme, {}) for meme in memes]
    return {
        "first_add_ms": adding[0], "add_ms": statistics.median(adding), "worst_add_ms": max(adding),
        "first_remove_ms": removing[0], "remove_ms": statistics.median(removing), "worst_remove_ms": max(removing),
    }  # fmt: skip


def _work_ms(index: CodedIndex, meme_id: int, frames: dict[int, Vector]) -> float:
    """Of the processor: the worst of many would else be the one that a neighbour came in between of."""
    started = time.thread_time()
    index.replace(meme_id, frames)
    return (time.thread_time() - started) * 1000


if __name__ == "__main__":
    main()
