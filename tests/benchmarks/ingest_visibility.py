"""How long after the commit of a vector the sidecar finds it, seen from where a web process stands."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mse_site.embedded import start_servers
from search.sidecar.client import Sidecar
from search.sidecar.terms import SidecarAway, VectorTerm
from tests.benchmarks.report import Figure, Report, figure, main
from tests.search.sidecar.scratch import TABLES, TRIGGERS, Library, unit_vectors

LIBRARY_MEMES = 10_000  # there before, so that a search costs something
GIVE_UP_S = 60.0


def measure_visibility(quick: bool) -> list[Figure]:
    """One vector after the other; the clock runs from the return of the commit to the first search that tells."""
    count = 40 if quick else 200
    folder = Path(tempfile.mkdtemp(prefix="mse-visibility-"))
    folder.chmod(0o711)  # the Postgres server may run as a user of its own and must get through
    servers = start_servers(folder / "data")
    try:
        library = _library(servers.database_url)
        with _sidecar(folder, servers.database_url) as sidecar:
            memes = [_add(library, sidecar, seed) for seed in range(count)]
            removals = [_remove(library, sidecar, meme_id, seed) for seed, (meme_id, _) in enumerate(memes)]
        library.close()
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return [*_figures("a vector to found", [wait_s for _, wait_s in memes]), *_figures("a removal to gone", removals)]


def _figures(name: str, waits_s: list[float]) -> list[Figure]:
    return [
        figure(f"commit of {name}, median", statistics.median(waits_s), "s", bound="< 0.3"),
        figure(f"commit of {name}, worst of {len(waits_s)}", max(waits_s), "s", bound="< 1"),
    ]


def _library(url: str) -> Library:
    """Memes from 1 to LIBRARY_MEMES."""
    library = Library(url)
    library.connection.execute(TABLES)
    library.connection.execute(TRIGGERS)
    library.add_space()
    library.connection.execute("insert into search_meme select from generate_series(1, %s)", [LIBRARY_MEMES])
    vectors = unit_vectors(-1 % 2**32, LIBRARY_MEMES)
    with library.connection.cursor().copy("copy search_embedding (space_id, meme_id, vector) from stdin") as copy:
        for meme_id, vector in enumerate(vectors, 1):
            copy.write_row((1, meme_id, str(vector.tolist())))
    return library


@contextmanager
def _sidecar(folder: Path, url: str) -> Iterator[Sidecar]:
    socket = folder / "sidecar.sock"
    command = [sys.executable, "-m", "search.sidecar", "--socket", str(socket), "--database", url]
    process = subprocess.Popen([*command, "--snapshots", str(folder / "snapshots")], stderr=subprocess.DEVNULL)
    sidecar = Sidecar(socket)
    try:
        _wait(lambda: _is_ready(sidecar))
        yield sidecar
    finally:
        process.terminate()
        process.wait()


def _is_ready(sidecar: Sidecar) -> bool:
    try:
        return sidecar.health().memes == LIBRARY_MEMES
    except SidecarAway:
        return False


def _add(library: Library, sidecar: Sidecar, seed: int) -> tuple[int, float]:
    meme_id = library.add(seed)
    return meme_id, _wait(lambda: _best(sidecar, seed) == meme_id)


def _remove(library: Library, sidecar: Sidecar, meme_id: int, seed: int) -> float:
    library.delete_vectors(meme_id)
    return _wait(lambda: _best(sidecar, seed) != meme_id)


def _best(sidecar: Sidecar, seed: int) -> int:
    return int(sidecar.search([VectorTerm(unit_vectors(seed)[0])], 1).ids[0])


def _wait(is_so: Callable[[], bool]) -> float:
    started = time.perf_counter()
    while not is_so():
        if time.perf_counter() - started > GIVE_UP_S:
            raise RuntimeError(f"nothing happened within {GIVE_UP_S} s")
    return time.perf_counter() - started


def measure(quick: bool) -> Report:
    sizes = {"memes in the library": LIBRARY_MEMES, "dims": 512}
    return Report("Visibility", measure_visibility(quick), sizes, "most of the vectors" if quick else "")


if __name__ == "__main__":
    main(measure, __doc__)
