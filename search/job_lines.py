"""Jobs as people see them, on the page and in the terminal: in words, and with what this person may do about each."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from search import job_kinds
from search.job_kinds import JobKind
from search.models import Job

ENDED_BADLY = (Job.State.FAILED, Job.State.CANCELLED, Job.State.LOST)
STATES = {
    Job.State.RUNNING: "Running",
    Job.State.RESTING: "Waiting for its turn",
    Job.State.DONE: "Done",
    Job.State.FAILED: "Failed",
    Job.State.CANCELLED: "Stopped",
    Job.State.LOST: "Lost",
}


@dataclass(frozen=True)
class Line:
    """One job. `page` is the address of what it is about, empty where there is none or it is not this person's."""

    job: Job
    kind: JobKind
    page: str
    may_cancel: bool
    may_retry: bool

    @property
    def state(self) -> str:
        return "Stopping" if self.is_stopping else STATES[Job.State(self.job.state)]

    @property
    def is_stopping(self) -> bool:
        return self.job.is_open and self.job.cancel_asked_at is not None

    @property
    def far(self) -> str:
        """How far it is: "1,200 of 8,800 memes"."""
        job = self.job
        of = f" of {job.most:,}" if job.most and job.most != job.done else ""
        return f"{job.done:,}{of} {self.kind.unit}".strip()

    @property
    def pace(self) -> str:
        """How fast, and how long still; how long it took, once it has ended."""
        job = self.job
        if not job.is_open:
            return f"took {span(job.took_s)}"
        if not job.rate:
            return ""
        left = "" if job.left_s is None else f", {span(job.left_s)} left"
        return f"{_each(job.rate)}{left}"

    @property
    def said(self) -> str:
        return self.job.error or self.job.result


def lines(jobs: Iterable[Job], *, curates: bool) -> list[Line]:
    return [line(job, curates=curates) for job in jobs]


def line(job: Job, *, curates: bool) -> Line:
    """What is looked for again by itself can be neither stopped nor asked for; asking for it is curators' business."""
    kind = job_kinds.kind_of(job)
    may_cancel = kind.may_cancel and job.is_open and job.cancel_asked_at is None
    may_retry = curates and kind.retry is not None and job.state in ENDED_BADLY
    return Line(job, kind, _page(kind, job) if curates else "", may_cancel, may_retry)


def _page(kind: JobKind, job: Job) -> str:
    try:
        return reverse(kind.page, args=[job.key]) if kind.page else ""
    except NoReverseMatch:
        return ""


def _each(rate: float) -> str:
    """A rate in the unit in which it is a number that one can imagine: "24 a second", "8 an hour"."""
    if rate >= 10:
        return f"{rate:,.0f} a second"
    return f"{60 * rate:,.0f} a minute" if rate >= 1 / 12 else f"{3600 * rate:,.0f} an hour"


def span(seconds: float) -> str:
    """A time in one or two units: "40 s", "12 min", "3 h 5 min", "2 days"."""
    whole = round(max(0.0, seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    if whole < 86_400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    days = round(whole / 86_400)
    return f"{days} day{'s' if days > 1 else ''}"
