"""What kinds of jobs there are: their names for people, what they count, and what may be done about one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.module_loading import import_string

from search.models import Job

Retry = Callable[[Job, User], bool]


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


@cache
def known() -> dict[str, JobKind]:
    """By name: those of `settings.JOB_KINDS`, dotted paths to lists of them."""
    return {kind.name: kind for path in settings.JOB_KINDS for kind in import_string(path)}


def kind_of(job: Job) -> JobKind:
    """Old rows may be of a kind that is no more."""
    return known().get(job.kind) or JobKind(job.kind, job.kind.replace("_", " ").capitalize(), unit="")


def retry(job: Job, user: User) -> bool:
    """Ask for it again; False when no worker could be told, or it is of no kind that can be."""
    again = kind_of(job).retry
    return again is not None and again(job, user)
