"""The stages as background tasks; beat runs each every few seconds, and whoever makes work nudges the next one."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from search import indexing

log = logging.getLogger(__name__)


@shared_task
def derive_media() -> None:
    if indexing.derive_media():
        nudge()


@shared_task
def read_texts() -> None:
    if indexing.read_texts():
        _send(embed_memes)


@shared_task
def embed_memes() -> None:
    indexing.embed_memes()


@shared_task
def prune_changes() -> None:
    indexing.prune_changes()


def nudge() -> None:
    """Wake the stages after the transaction commits; without a broker nothing is lost, beat's next sweep finds the work."""
    for task in (derive_media, read_texts, embed_memes):
        transaction.on_commit(lambda task=task: _send(task))  # type: ignore[misc]


def _send(task: object) -> None:
    try:
        task.apply_async(retry=False, expires=60)  # type: ignore[attr-defined]
    except OperationalError as error:
        log.warning("no broker to nudge: %s", error)
