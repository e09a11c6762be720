"""The work queues, with a real broker."""

from collections import Counter
from contextlib import suppress

import pytest
from celery.signals import worker_ready
from django.db import transaction

from mse_site.celery import app
from rating import nudging
from search import tasks


def waiting(queue: str) -> Counter[str]:
    """Names of the tasks that wait in `queue`, taken out of it."""
    names: Counter[str] = Counter()
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as found, suppress(found.Empty):
        while message := found.get(block=False):
            names[message.headers["task"]] += 1
            message.ack()
    return names


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_has_started_looks_for_what_was_left_undone() -> None:
    tasks._resting_until = 0.0
    for queue in ("default", "gpu"):
        waiting(queue)
    worker_ready.send(sender=None)
    assert waiting("gpu")["search.tasks.embed_memes"] == 1
    assert {"search.tasks.derive_media", "search.tasks.read_texts"} <= set(waiting("default"))


@pytest.mark.django_db(transaction=True)
def test_work_is_told_of_after_its_rows_can_be_seen() -> None:
    waiting("gpu")
    with transaction.atomic():
        tasks.nudge()
        assert not waiting("gpu")
    assert waiting("gpu")["search.tasks.embed_memes"] == 1


@pytest.mark.django_db(transaction=True)
def test_what_somebody_waits_for_goes_before_texts_that_are_to_be_read() -> None:
    tasks._resting_until = 0.0
    waiting("default")
    tasks.nudge()
    assert nudging.nudge("learn_basis")
    assert list(waiting("default")) == [
        "search.tasks.derive_media",
        "rating.tasks.learn_basis",
        "search.tasks.read_texts",
    ]
