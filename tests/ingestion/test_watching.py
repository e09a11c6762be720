"""Folders are read as soon as something changes in them."""

import queue
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
