"""The sidecar as a process: starting, being killed, ending, against a real database."""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from search.sidecar.client import Sidecar
from search.sidecar.terms import SidecarAway, TextTerm, VectorTerm
from tests.search.sidecar.running import START_S, Running
from tests.search.sidecar.scratch import Library, connect, unit_vectors
from tests.search.sidecar.waiting import eventually


def test_it_waits_for_a_space_serves_it_and_ends_cleanly(running: Running, library: Library) -> None:
    waiting = running.wait_until("waiting")
    assert waiting.pid == running.process.pid
    with pytest.raises(SidecarAway):
        running.client.search([TextTerm("a")], 5)
    library.add_space()
    memes = [library.add(seed, frames=2) for seed in range(3)]
    eventually(lambda: (running.health() or waiting).vectors == 6, within_s=START_S)
    health = running.wait_until("ready")
    assert (health.space_id, health.encoder, health.dims, health.memes) == (1, "lite", 512, 3)
    assert health.lag_s == 0.0
    assert health.note == ""
    found = running.client.search([VectorTerm(unit_vectors(1, 2)[1])], 3)
    assert found.ids[0] == memes[1]
    assert sorted(found.ids.tolist()) == memes
    assert running.terminate() == 0
    assert not running.socket.exists()
    assert running.saved(library) == library.searchable()


def test_a_revision_that_the_vectors_are_not_of_is_told(running: Running, library: Library) -> None:
    library.add_space(revision="lite-0")
    assert "lite-0" in running.wait_until("ready").note


def test_health_is_answered_before_postgres_is_there(running: Running) -> None:
    health = eventually(running.health, within_s=START_S)
    assert health is not None
    assert health.state in ("starting", "waiting")


def test_killed_in_the_middle_of_writes_it_comes_back_equal_to_postgres(running: Running, library: Library) -> None:
    library.add_space()
    memes = [library.add(seed) for seed in range(100)]
    running.wait_until("ready")
    assert running.terminate() == 0  # leaves a snapshot to come back from
    running.start()
    running.wait_until("ready")
    stop = threading.Event()

    def write(seed: int) -> None:
        rng = np.random.default_rng(seed)
        with connect(library.url) as connection:
            step = 0
            while not stop.is_set():
                step += 1
                meme = memes[int(rng.integers(len(memes)))]
                with connection.transaction(force_rollback=bool(rng.random() < 0.1)):
                    library.set_frames(meme, unit_vectors(seed * 10_000 + step, 2), connection=connection)
                    if rng.random() < 0.3:
                        library.add(seed * 10_000 + step, connection=connection)
                    if rng.random() < 0.3:
                        state = "hidden" if rng.random() < 0.5 else "active"
                        connection.execute("update search_meme set state = %s where id = %s", [state, meme])
                    if rng.random() < 0.2:
                        connection.execute("delete from search_embedding where meme_id = %s", [meme])

    writers = [threading.Thread(target=write, args=(seed,)) for seed in (1, 2)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        running.kill()
        running.start()
        running.wait_until("ready")
    stop.set()
    for writer in writers:
        writer.join()
    expected = library.searchable()
    eventually(lambda: (running.health() or running.wait_until("ready")).vectors == len(expected), within_s=START_S)
    assert running.terminate() == 0
    assert running.saved(library) == expected
    assert "dropped" not in running.log.read_text()


def test_a_second_one_on_the_same_socket_is_refused(running: Running, library: Library) -> None:
    library.add_space()
    running.wait_until("ready")
    command = [sys.executable, "-m", "search.sidecar", "--socket", str(running.socket), "--database", library.url]
    second = subprocess.run(
        [*command, "--snapshots", str(running.snapshots)], capture_output=True, text=True, timeout=START_S, check=False
    )
    assert second.returncode == 1
    assert "another sidecar" in second.stderr
    assert running.client.health().pid == running.process.pid


def test_after_a_kill_the_socket_is_taken_over(running: Running, library: Library) -> None:
    library.add_space()
    running.wait_until("ready")
    running.kill()
    assert running.socket.exists()
    running.start()
    assert running.wait_until("ready").pid == running.process.pid


def test_a_full_disk_costs_the_snapshot_alone(running: Running, library: Library) -> None:
    library.add_space()
    running.wait_until("ready")
    # The kernel refuses to write beyond the limit, as it does when a disk is full.
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (8192, 8192))
    memes = [library.add(seed) for seed in range(20)]
    eventually(lambda: running.client.health().memes == 20, within_s=START_S)
    assert running.client.search([VectorTerm(unit_vectors(7)[0])], 1).ids.tolist() == [memes[7]]
    assert running.terminate() == 0  # tries to leave a snapshot
    assert "could not be written" in running.log.read_text()
    assert not list(running.snapshots.glob("unfinished"))


def test_the_database_may_be_named_by_the_environment_alone(tmp_path: Path, library: Library) -> None:
    command = [sys.executable, "-m", "search.sidecar", "--socket", str(tmp_path / "s"), "--snapshots", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    without = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=START_S, check=False)
    assert without.returncode == 2
    assert "DATABASE_URL" in without.stderr
    process = subprocess.Popen(command, env={**environment, "DATABASE_URL": library.url}, stderr=subprocess.DEVNULL)
    client = Sidecar(tmp_path / "s")
    eventually(lambda: is_waiting(client), within_s=START_S)
    process.terminate()
    assert process.wait(START_S) == 0


def is_waiting(client: Sidecar) -> bool:
    try:
        return client.health().state == "waiting"
    except SidecarAway:
        return False
