"""Long work: what is going on, how far it is, what became of what was; to stop it, and to ask for it again."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from search import job_kinds, job_rows
from search.curators import is_curator
from search.job_lines import Line, line, lines
from search.models import Job, JobQuerySet
from search.views.access import for_members, is_partial

SHOWN = 50  # of those that have ended
MOST_GOING_ON = 100
NO_BROKER = "The queue of work does not answer: nothing is done before it does. Is Redis running?"


@require_safe
@for_members
def jobs(request: HttpRequest) -> HttpResponse:
    job_rows.expire()
    seen = visible_to(request).select_related("started_by").order_by("-pk")
    curates = is_curator(request.user)
    going_on = lines(seen.going_on()[:MOST_GOING_ON], curates=curates)
    shown = {
        "going_on": going_on,
        "ended": lines(seen.exclude(finished_at=None)[:SHOWN], curates=curates),
        "curates": curates,
        "every_s": 1 if going_on else 10,
    }
    return render(request, "search/_jobs.html" if is_partial(request) else "search/jobs.html", shown)


def visible_to(request: HttpRequest) -> JobQuerySet:
    return Job.objects.visible_to(request.user)


def line_of(request: HttpRequest, pk: int) -> Line:
    return line(get_object_or_404(visible_to(request), pk=pk), curates=is_curator(request.user))


@require_POST
@for_members
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    found = line_of(request, pk)
    if not found.kind.may_cancel:
        raise Http404
    if job_rows.cancel(found.job):
        messages.success(request, "It stops at its next step.")
    return redirect("jobs")


@require_POST
@for_members
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    found = line_of(request, pk)
    assert isinstance(request.user, User)  # for_members let nobody else through
    if not found.may_retry:
        raise Http404
    if job_kinds.retry(found.job, request.user):
        messages.success(request, "It is done again as soon as a worker is free.")
    else:
        messages.warning(request, NO_BROKER)
    return redirect("jobs")
