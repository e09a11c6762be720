"""Runs of sources as background tasks: beat has a row for each source, and people ask for one now."""

import logging

from celery import shared_task
from django.contrib.auth.models import User
from kombu.exceptions import OperationalError

from ingestion import runs
from search.job_kinds import JobKind
from search.models import Job, Source

log = logging.getLogger(__name__)

# Folders are read in one go, and a large one takes its time. Handed out again meanwhile, it is found busy, and the task ends.
LIMIT_S = 2 * 3600


@shared_task(
    soft_time_limit=LIMIT_S, time_limit=LIMIT_S + 300,
    autoretry_for=(runs.DatabaseAway,), retry_backoff=True, retry_backoff_max=60, max_retries=10,
)  # fmt: skip
def crawl(source_id: int, user_id: int | None = None) -> None:
    while runs.take_turn(source_id, user_id) and not _send(source_id, user_id):
        continue  # without a broker there is nobody to hand the rest to


def ask(source: Source, user: User) -> bool:
    """Have `source` read as soon as a worker is free; False when there is no broker to tell."""
    return _send(source.pk, user.pk)


def ask_by_id(source_id: int) -> None:
    """The same, where nobody in particular asks. What a broker is not told, the schedule finds."""
    _send(source_id)


def _send(*arguments: int | None) -> bool:
    try:
        crawl.apply_async(arguments, retry=False)
    except OperationalError as error:
        log.warning("no broker to ask for a run: %s", error)
        return False
    return True


def _ask_again(job: Job, user: User) -> bool:
    """False also when the source is gone."""
    source = Source.objects.filter(pk=job.key).first()
    return source is not None and ask(source, user)


JOBS = (JobKind("crawl", "Reading a source", "finds", may_cancel=True, retry=_ask_again, page="source"),)
