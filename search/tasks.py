"""The stages as background tasks; beat runs each every few seconds, and whoever makes work nudges the next one."""

import logging
import time

from celery import shared_task
from django.contrib.auth.models import User
from django.db import transaction
from kombu.exceptions import OperationalError

from search import duplicates, indexing, job_rows, long_searches, nsfw, pictures, postgres_index, purging, shared
from search.job_kinds import JobKind, Retry
from search.models import Job

log = logging.getLogger(__name__)

# Texts of a large library take hours. Whatever else waits for a worker, such as a taste, has its turn between two of these.
TURN_S = 20.0
REST_S = 10.0  # beat's next sweep comes no later
_resting_until = 0.0


@shared_task
def derive_media() -> None:
    if indexing.derive_media():
        nudge()


@shared_task
def read_texts() -> None:
    if indexing.read_texts(budget_s=TURN_S):
        _send(embed_memes)


@shared_task
def embed_memes() -> None:
    indexing.embed_memes()


@shared_task
def compare_memes() -> None:
    duplicates.compare()


@shared_task
def score_nsfw() -> None:
    nsfw.score()


@shared_task
def prune_changes() -> None:
    indexing.prune_changes()


@shared_task
def forget_old_pictures() -> None:
    pictures.forget_old()
    long_searches.forget_old()
    shared.forget_old()


@shared_task
def purge_trash() -> None:
    purging.purge_due()


@shared_task
def keep_jobs() -> None:
    job_rows.expire()
    job_rows.forget_old()


# An index of millions takes hours. Handed out again meanwhile, the task finds that somebody is at it, and ends.
@shared_task(soft_time_limit=24 * 3600, time_limit=25 * 3600)
def keep_postgres_index() -> None:
    postgres_index.keep()


# Another worker learns only what nobody is at; without a GPU the last steps of a large library take half an hour.
@shared_task(soft_time_limit=3600, time_limit=3900)
def learn_concepts() -> None:
    from search.concepts import learning  # torch, which the web process must not load

    if learning.learn_next():
        _send(learn_concepts)


@shared_task
def see_concepts() -> None:
    from search.concepts import activating

    if activating.fill():
        _send(see_concepts)


@shared_task
def forget_old_concepts() -> None:
    from search.concepts import files  # torch, as above

    files.forget_orphans()


def nudge_concepts() -> None:
    """Have what was asked for learned soon; without a broker the next sweep does it."""
    transaction.on_commit(lambda: _send(learn_concepts))


def nudge() -> None:
    """Wake the stages after the transaction commits; without a broker nothing is lost, beat's next sweep finds the work."""
    transaction.on_commit(lambda: _send(derive_media, read_texts, embed_memes))


def _send(*tasks: object) -> bool:
    """A broker that does not answer is left alone for a while: whoever uploads must not wait for it again and again."""
    global _resting_until
    if time.monotonic() < _resting_until:
        return False
    try:
        for task in tasks:
            task.apply_async(retry=False, expires=60)  # type: ignore[attr-defined]  # Celery leaves it untyped
    except OperationalError as error:
        _resting_until = time.monotonic() + REST_S
        log.warning("no broker to nudge: %s", error)
        return False
    return True


def _again(task: object) -> Retry:
    def retry(job: Job, user: User) -> bool:
        return _send(task)

    return retry


JOBS = (
    JobKind("media", "Making thumbnails"),
    JobKind("text", "Reading the words in pictures"),
    JobKind("embedding", "Learning what they show"),
    JobKind("nsfw", "Guessing what is not safe for work"),
    JobKind("duplicates", "Looking for duplicates"),
    JobKind("concepts", "Learning concepts", "steps", may_cancel=True),
    JobKind("purge", "Emptying the trash", may_cancel=True, retry=_again(purge_trash)),
    JobKind("postgres_index", "Building an index", "blocks", may_cancel=True, retry=_again(keep_postgres_index)),
)
