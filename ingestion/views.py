"""The pages on which curators look after sources."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ingestion import listing, subscriptions, tasks, trying
from ingestion.crawlers.base import SourceGone
from ingestion.forms import FORMS
from ingestion.models import Crawl, FailedFind
from ingestion.source_form import SourceForm
from search.curators import is_curator
from search.job_lines import lines
from search.models import Job, Source
from search.models.jobs import OPEN
from search.views.access import for_members

View = Callable[..., HttpResponseBase]
SHOWN_RUNS, SHOWN_FAILURES = 30, 50


def for_curators(view: View) -> View:
    """To others who are signed in it is not there."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_curator(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return for_members(checked)


def source_of(pk: int) -> Source:
    return get_object_or_404(listing.sources(), pk=pk)


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # for_members let nobody else through
    return request.user


@require_safe
@for_curators
def sources(request: HttpRequest) -> HttpResponse:
    lines = listing.lines()
    shown = {"lines": lines, "forms": list(FORMS.values()), "is_busy": any(line.state == "running" for line in lines)}
    return render(request, "ingestion/sources.html", shown)


@require_safe
@for_curators
def source(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_of(pk)
    (line,) = listing.lines(listing.sources().filter(pk=found.pk))
    going_on = lines(Job.objects.filter(kind="crawl", key=str(found.pk), state__in=OPEN), curates=True)
    shown = {
        "line": line,
        "runs": Crawl.objects.filter(source=found).select_related("started_by").order_by("-pk")[:SHOWN_RUNS],
        "failures": FailedFind.objects.filter(source=found).order_by("-failed_at", "-pk")[:SHOWN_FAILURES],
        "jobs": going_on,
        "is_busy": line.state == "running" or bool(going_on),
    }
    return render(request, "ingestion/source.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@for_curators
def add(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return page(request, form)
    if "try" in request.POST:
        return tried(request, form)
    try:
        made = subscriptions.add(form.wanted(), person(request))
    except subscriptions.AlreadyThere as error:
        form.add_error(None, str(error))
        return page(request, form)
    return asked(request, made, f"{made} is added, and is being read for the first time.")


@require_http_methods(["GET", "HEAD", "POST"])
@for_curators
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_of(pk)
    form = FORMS[found.kind](request.POST if request.method == "POST" else None, source=found)
    if request.method != "POST" or not form.is_valid():
        return page(request, form)
    if "try" in request.POST:
        return tried(request, form)
    try:
        subscriptions.change(found, form.wanted())
    except subscriptions.AlreadyThere as error:
        form.add_error(None, str(error))
        return page(request, form)
    messages.success(request, "Changed.")
    return redirect("source", found.pk)


def page(request: HttpRequest, form: SourceForm, **shown: Any) -> HttpResponse:
    shown = {"form": form, **shown}
    return render(request, "ingestion/form.html", shown, status=400 if form.errors else 200)


def tried(request: HttpRequest, form: SourceForm) -> HttpResponse:
    wanted = form.wanted()
    try:
        finds, problem = trying.first_finds(wanted.kind, wanted.root, wanted.options), ""
    except SourceGone as error:
        finds, problem = [], str(error)
    return page(request, form, was_tried=True, finds=finds, problem=problem)


@require_POST
@for_curators
def crawl(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_of(pk)
    return asked(request, found, f"{found} is read as soon as a worker is free.")


def asked(request: HttpRequest, source: Source, said: str) -> HttpResponse:
    if tasks.ask(source, person(request)):
        messages.success(request, said)
    else:
        messages.warning(
            request, "The queue of work does not answer: nothing is read before it does. Is Redis running?"
        )
    return redirect("source", source.pk)


@require_POST
@for_curators
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_of(pk)
    subscriptions.pause(found)
    messages.success(request, f"{found} is paused.")
    return redirect("source", found.pk)


@require_POST
@for_curators
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_of(pk)
    subscriptions.resume(found)
    messages.success(request, f"{found} is read again.")
    return redirect("source", found.pk)


@require_POST
@for_curators
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_of(pk)
    subscriptions.forget_failures(FailedFind.objects.filter(source=found))
    return asked(request, found, "What failed is tried again.")


@require_POST
@for_curators
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = source_of(pk)
    subscriptions.remove(found)
    messages.success(request, f"{found} is removed. Its memes stay.")
    return redirect("sources")
