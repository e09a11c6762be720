"""The sidecar as a process with a library that is large for it: by codes, from Postgres, and again after a restart."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from search.sidecar.terms import Health, VectorTerm
from tests.search.sidecar.mixture import Mixture, nearest
from tests.search.sidecar.running import START_S, Running
from tests.search.sidecar.scratch import DIMS, Library, as_halfvec
from tests.search.sidecar.waiting import eventually

COUNT, LATER, EXACT_UP_TO = 1500, 60, 600
MIXTURE = Mixture(dims=DIMS)
VECTORS = MIXTURE.draw(COUNT + LATER, 1)
TUNED_S = 60.0


@pytest.fixture
def large(tmp_path: Path, library: Library) -> Iterator[Running]:
    running = Running(tmp_path, library, "--exact-up-to", str(EXACT_UP_TO))
    yield running
    running.client.close()
    running.kill()


def fill(library: Library, start: int, stop: int) -> None:
    library.connection.execute("insert into search_meme select from generate_series(%s::int, %s)", [start + 1, stop])
    with library.connection.cursor().copy("copy search_embedding (space_id, meme_id, vector) from stdin") as copy:
        for row in range(start, stop):
            copy.write_row((1, row + 1, as_halfvec(VECTORS[row])))


def until_coded(running: Running, count: int) -> Health:
    def look() -> Health | None:
        health = running.health()
        is_so = health is not None and health.vectors == count and not health.is_exact and health.followed
        return health if is_so else None

    health = eventually(look, within_s=TUNED_S)
    assert health is not None
    return health


def recall(running: Running, count: int, k: int = 50) -> float:
    found = 0
    for query in MIXTURE.draw_unlike(20, 3):
        ids = running.client.search([VectorTerm(query)], k).ids
        found += len(set((ids - 1).tolist()) & set(nearest(VECTORS[:count], query, k)))
    return found / k / 20


def test_a_library_that_grows_gets_codes_and_keeps_them_over_a_restart(large: Running, library: Library) -> None:
    library.add_space()
    fill(library, 0, EXACT_UP_TO)
    health = large.wait_until("ready")
    eventually(lambda: large.client.health().vectors == EXACT_UP_TO, within_s=START_S)
    assert health.is_exact
    fill(library, EXACT_UP_TO, COUNT)
    health = until_coded(large, COUNT)
    assert health.sampled_recall is not None
    assert health.sampled_recall >= 0.98
    assert recall(large, COUNT) >= 0.98
    assert large.terminate() == 0
    before = large.log.read_text()
    assert "Codes for" in before
    fill(library, COUNT, COUNT + LATER)
    large.start()
    until_coded(large, COUNT + LATER)
    assert recall(large, COUNT + LATER) >= 0.98
    # What came while it was away counts as new: more than a fiftieth since the recall was measured, by the process before.
    eventually(lambda: "Recall@" in large.log.read_text()[len(before) :], within_s=TUNED_S)
    after = large.log.read_text()[len(before) :]
    assert "Codes for" not in after
    assert "dropped" not in after
    new = MIXTURE.draw_unlike(1, 9)[0]
    meme = library.add_meme()
    library.set_frames(meme, [new])
    eventually(lambda: large.client.search([VectorTerm(new)], 1).ids.tolist() == [meme], within_s=START_S)
    library.delete_vectors(meme)
    eventually(lambda: large.client.search([VectorTerm(new)], 1).ids.tolist() != [meme], within_s=START_S)


def test_a_library_that_is_large_from_the_start_is_killed_and_comes_back(large: Running, library: Library) -> None:
    library.add_space()
    fill(library, 0, COUNT)
    until_coded(large, COUNT)
    large.kill()
    large.start()
    changed = MIXTURE.draw_unlike(1, 5)
    library.set_frames(1, changed)
    until_coded(large, COUNT)
    eventually(lambda: large.client.search([VectorTerm(changed[0])], 1).ids.tolist() == [1], within_s=TUNED_S)
    assert large.terminate() == 0
    assert large.saved(library) == library.searchable()


def test_damaged_codes_are_rebuilt_from_postgres(large: Running, library: Library) -> None:
    library.add_space()
    fill(library, 0, COUNT)
    until_coded(large, COUNT)
    assert large.terminate() == 0
    (codes,) = large.snapshots.glob("space-*/codes.npy")
    data = np.fromfile(codes, np.uint8)
    data[-50] ^= 1
    data.tofile(codes)
    large.start()
    until_coded(large, COUNT)
    assert "checksum" in large.log.read_text()
    assert recall(large, COUNT) >= 0.98
