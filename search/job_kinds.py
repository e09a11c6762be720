"""What kinds of jobs there are: their names for people, what they count, and what may be done about one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from search.curators import is_curator
from search.models import Job

Retry = Callable[[Job, User], bool]
ENDED_BADLY = (Job.State.FAILED, Job.State.CANCELLED, Job.State.LOST)


@dataclass(frozen=True)
class JobKind:
    """`retry` asks a worker for it again, and says whether one could be told. `page` is the name of the page about its key.

    What is looked for every few seconds begins again by itself: it can be neither stopped nor asked for.
    """

    name: str
    label: str
    unit: str = "memes"
    may_cancel: bool = False
    retry: Retry | None = None
    page: str = ""


@dataclass(frozen=True)
class Line:
    """A job as somebody sees it."""

    job: Job
    kind: JobKind
    page: str
    may_cancel: bool
    may_retry: bool


@cache
def known() -> dict[str, JobKind]:
    """By name: those of `settings.JOB_KINDS`, dotted paths to lists of them."""
    return {kind.name: kind for path in settings.JOB_KINDS for kind in import_string(path)}


def kind_of(job: Job) -> JobKind:
    """Old rows may be of a kind that is no more."""
    return known().get(job.kind) or JobKind(job.kind, job.kind.replace("_", " ").capitalize(), unit="")


def lines(jobs: Iterable[Job], user: User | AnonymousUser) -> list[Line]:
    curates = is_curator(user)
    found = []
    for job in jobs:
        kind = kind_of(job)
        may_cancel = kind.may_cancel and job.is_open and job.cancel_asked_at is None
        may_retry = curates and kind.retry is not None and job.state in ENDED_BADLY
        found.append(Line(job, kind, _page(kind, job) if curates else "", may_cancel, may_retry))
    return found


def _page(kind: JobKind, job: Job) -> str:
    try:
        return reverse(kind.page, args=[job.key]) if kind.page else ""
    except NoReverseMatch:
        return ""


def retry(job: Job, user: User) -> bool:
    """Ask for it again; False when no worker could be told, or it is of no kind that can be."""
    again = kind_of(job).retry
    return again is not None and again(job, user)
