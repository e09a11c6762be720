"""Filling queues, and learning tastes, while nobody waits."""

import logging
from contextlib import suppress

from celery import shared_task
from django.contrib.auth.models import User
from kombu.exceptions import OperationalError

from rating import communities
from rating.models import Axis
from rating.pairs import Asked, fill
from rating.policies import POLICIES
from rating.pool import Pool
from search.retrieval import NothingToCompare

log = logging.getLogger(__name__)


@shared_task
def fill_pairs(rater: int, q: str, policy: str) -> None:
    """A person, a policy or a meme searched with that is gone needs no pairs."""
    found = User.objects.filter(pk=rater).first()
    if found is None or policy not in POLICIES:
        return
    with suppress(NothingToCompare):
        fill(Asked(Pool(found, q), policy, list(Axis.objects.in_use())))


@shared_task
def learn_basis() -> None:
    if communities.learn_basis():
        learn_tastes()


@shared_task
def learn_tastes() -> None:
    for axis in Axis.objects.in_use():
        communities.learn(axis)


def nudge_tastes() -> None:
    """Have them learned soon. Without a broker nothing is lost: the next sweep does it."""
    try:
        learn_tastes.apply_async(retry=False, expires=600)
    except OperationalError as error:
        log.warning("no broker to nudge: %s", error)


def nudge(asked: Asked) -> None:
    """Have the queue filled soon. Without a broker nothing is lost: it is filled when the next pairs are asked for."""
    try:
        fill_pairs.apply_async((asked.pool.rater.pk, asked.pool.q, asked.policy), retry=False, expires=60)
    except OperationalError as error:
        log.warning("no broker to nudge: %s", error)
