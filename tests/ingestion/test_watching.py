"""Folders are read as soon as something changes in them."""

import queue
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from ingestion import subscriptions, watching
from ingestion.models import Subscription
from ingestion.subscriptions import Wanted
from search.locators import encode_path
from search.models import Source
from tests.drawing import write
from tests.fixtures.processes import ROOT

WAIT_S = 30.0
PACE = watching.Pace(look_again_s=0.2, poll_s=0.1, gather_s=0.1)


@pytest.fixture(params=["told by the system", "polling"])
def told(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, folder: Path, curator: User
) -> Iterator["queue.Queue[int]"]:
    """What a watcher of the folder tells, from a thread of its own."""
    if request.param == "polling":
        monkeypatch.setenv("WATCHFILES_FORCE_POLLING", "1")
    subscriptions.add(Wanted(Source.Kind.FOLDER, encode_path(folder), "memes"), curator)
    found: queue.Queue[int] = queue.Queue()
    stop = threading.Event()
    watcher = threading.Thread(target=watching.watch, args=(found.put, stop, PACE))
    watcher.start()
    yield found
    stop.set()
    watcher.join()


UNWATCHED = [
    "unshare",
    "--user",
    "--map-root-user",
    "sh",
    "-c",
    'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"',
]


@pytest.mark.skipif(
    subprocess.run([*UNWATCHED, "sh", "true"], check=False, capture_output=True).returncode != 0,
    reason="this system gives nobody limits of their own",
)
def test_where_the_system_tells_nobody_folders_are_looked_at_again_and_again(folder: Path) -> None:
    command = [*UNWATCHED, "sh", sys.executable, "-m", "tests.ingestion.watching_process", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watcher:
        try:
            assert watcher.stdout is not None
            assert watcher.stderr is not None
            assert "the system does not tell" in watcher.stderr.readline()
            for seed in range(200):  # until it has looked once
                write(folder / f"new {seed}.png", seed=seed)
                if select.select([watcher.stdout], [], [], WAIT_S / 200)[0]:
                    break
            assert watcher.stdout.readline() == "7\n"
        finally:
            watcher.kill()


@pytest.mark.django_db(transaction=True)
def test_a_new_file_and_a_paused_source_are_noticed(folder: Path, told: "queue.Queue[int]") -> None:
    source = Source.objects.get()
    for seed in range(200):  # until the watcher is up
        write(folder / "sub folder" / f"new {seed}.png", seed=seed)
        try:
            assert told.get(timeout=WAIT_S / 200) == source.pk
            break
        except queue.Empty:
            continue
    else:
        pytest.fail("nothing was noticed")
    subscriptions.pause(source)
    assert watching.watched() == {}
    Subscription.objects.update(is_paused=False, mode=Subscription.Mode.MANUAL)
    assert watching.watched() == {}
