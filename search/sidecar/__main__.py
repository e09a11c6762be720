"""Run the sidecar: python -m search.sidecar --socket PATH --database URL --snapshots DIR."""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path


def main() -> int:
    arguments = _parse(sys.argv[1:])
    # Read by OpenMP and OpenBLAS when numpy and faiss are loaded, so before anything here imports them.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(arguments.threads)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("faiss").setLevel(logging.WARNING)  # tells of every instruction set that it tries
    from search.sidecar.plan import Plan
    from search.sidecar.process import Process
    from search.sidecar.server import SocketTaken

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        process = Process(
            arguments.socket,
            arguments.database,
            arguments.snapshots,
            device=arguments.device,
            threads=arguments.threads,
            encoder=arguments.encoder,
            plan=Plan(exact_up_to=arguments.exact_up_to),
        )
        return 0 if process.run(stop) else 1
    except SocketTaken as error:
        print(f"sidecar: {error}", file=sys.stderr)
        return 1


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m search.sidecar", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="Unix socket to answer on")
    # A password does not belong on a command line, which everybody on the machine can read.
    parser.add_argument("--database", default=os.environ.get("DATABASE_URL"), help="URL; by default DATABASE_URL")
    parser.add_argument("--snapshots", type=Path, required=True, help="folder for the index on disk; may be deleted")
    parser.add_argument("--encoder", default="", help="to load while Postgres is asked which one serves")
    parser.add_argument("--device", default="auto", help="of the encoder: auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of one search or one encoding")
    parser.add_argument("--exact-up-to", type=int, default=25_000, help="vectors; more are searched by codes")
    arguments = parser.parse_args(words)
    if not arguments.database:
        parser.error("--database or DATABASE_URL has to say which Postgres to follow")
    return arguments


if __name__ == "__main__":
    code = main()
    # A thread that is inside a native library (loading an encoder, say) would make an orderly end of Python wait or crash.
    logging.shutdown()
    os._exit(code)
