"""Filling queues, and learning tastes, while nobody waits."""

from contextlib import suppress
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.contrib.auth.models import User

from rating import communities, deep_claims, deep_scores, nudging, progress, tastes
from rating.curation import exporting, filling
from rating.models import Axis, CurationQueue
from rating.pairs import Asked, fill
from rating.policies import POLICIES
from rating.pool import Pool
from search import jobs
from search.job_kinds import JobKind
from search.models import Job
from search.retrieval import NothingToCompare


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
    with jobs.sweep("tastes", Axis.objects.in_use().count) as job:
        for axis in job.each(Axis.objects.in_use()):
            communities.learn(axis)
            progress.measure_all(axis)


@shared_task
def refit(rater: int, axes: list[int]) -> None:
    """What takes longer than an answer may take. Somebody who is gone has no tastes."""
    for found in User.objects.filter(pk=rater):
        with jobs.sweep("tastes_of", key=str(rater), user=found) as job:
            for axis in job.each(Axis.objects.filter(pk__in=axes)):
                taste = tastes.learn(found, axis)
                if taste is not None:
                    progress.measure(taste)


# Another worker trains only what nobody is at; a network of many thousands of answers takes half an hour without a GPU.
@shared_task(soft_time_limit=3600, time_limit=3900)
def train_deep_tastes() -> None:
    from rating import deep_learning  # torch, which the web process must not load

    if deep_learning.train_next():
        nudging.nudge("score_memes", expires_s=60)
        nudging.nudge("train_deep_tastes", expires_s=600)


@shared_task(soft_time_limit=3600, time_limit=3900)
def train_popularity() -> None:
    from rating import popular_learning  # torch, which the web process must not load

    popular_learning.train()


@shared_task
def score_memes() -> None:
    if deep_scores.fill():
        nudging.nudge("score_memes", expires_s=60)


@shared_task
def forget_old_deep_tastes() -> None:
    deep_claims.forget_orphans()


@shared_task
def fill_queues() -> None:
    filling.fill_all()


@shared_task
def fill_queue(queue: int) -> None:
    """A queue that is gone needs no memes."""
    for found in CurationQueue.objects.filter(pk=queue):
        filling.fill(found)


@shared_task
def export_collections() -> None:
    """Nothing, unless whoever runs the site named a folder."""
    if settings.EXPORT_DIR:
        exporting.export(Path(settings.EXPORT_DIR))


def nudge_queue(queue: int) -> None:
    """Have it filled soon. Without a broker nothing is lost: the next sweep does it."""
    nudging.nudge("fill_queue", queue, expires_s=60)


def nudge_tastes() -> None:
    """Have them learned soon. Without a broker nothing is lost: the next sweep does it."""
    nudging.nudge("learn_tastes")


def nudge(asked: Asked) -> None:
    """Have the queue filled soon. Without a broker nothing is lost: it is filled when the next pairs are asked for."""
    nudging.nudge("fill_pairs", asked.pool.rater.pk, asked.pool.q, asked.policy, expires_s=60)


def _train_again(job: Job, user: User) -> bool:
    return nudging.nudge("train_deep_tastes")


JOBS = (
    JobKind("popularity", "Learning what is popular"),
    JobKind("tastes", "Learning everybody's tastes", "axes"),
    JobKind("tastes_of", "Learning a taste", "axes"),
    JobKind("deep_taste", "Training a taste", "rounds", may_cancel=True, retry=_train_again),
    JobKind("deep_scores", "Judging memes by tastes"),
    JobKind("queues", "Filling the queues", "queues"),
    JobKind("export", "Exporting collections", "files"),
)
