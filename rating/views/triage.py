"""The page that decides: one meme, large, and a key for each verdict."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from rating import tasks
from rating.comparisons import Refused
from rating.curation import leasing, showing, verdicts
from rating.curation.showing import Counts
from rating.curation.verdicts import Decision
from rating.curation_forms import UndoForm, VerdictForm
from rating.models import CurationQueue
from rating.views.queues import queue_for
from rating.views.rate import rater_of
from search.views.access import for_members
from search.views.states import back


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_members
def triage(request: HttpRequest, pk: int) -> HttpResponse:
    queue, user = queue_for(request, pk), rater_of(request)
    if request.method == "POST":
        return decide(request, queue)
    item = leasing.peek(queue, user)
    if item is None:
        tasks.nudge_queue(queue.pk)
    counts = showing.counts(queue, user)
    shown = {
        "queue": queue,
        "shown": next(iter(showing.shown(queue, user, [item] if item else [])), None),
        "counts": counts,
        "key": uuid.uuid4(),
        "facts": facts(request, queue, counts),
    }
    return render(request, "rating/triage.html", shown)


def facts(request: HttpRequest, queue: CurationQueue, counts: Counts) -> dict[str, Any]:
    """What the script needs to know."""
    plain = {name: reverse(f"api-curation-{name}") for name in ("verdicts", "undo", "release", "names")}
    return {
        "user": request.user.pk,
        "queue": queue.pk,
        "counts": {"waiting": counts.waiting, "today": counts.today},
        "urls": {**plain, "items": reverse("api-curation-items", args=[queue.pk])},
        "search": reverse("home"),
    }


def decide(request: HttpRequest, queue: CurationQueue) -> HttpResponse:
    """From the form of the page, where no script sends it."""
    form = VerdictForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The verdict could not be read.")
        return redirect("queue", queue.pk)
    given = form.cleaned_data
    name = given["name"] if given["outcome"] == "keep" else ""
    try:
        verdicts.decide(rater_of(request), given["item"], Decision(given["outcome"], given["key"], name))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("queue", queue.pk)


@require_POST
@for_members
def undo(request: HttpRequest) -> HttpResponse:
    """The decision that a message was about, or the newest one."""
    form = UndoForm(request.POST)
    if not form.is_valid():
        messages.error(request, "This could not be read: nothing was taken back.")
        return redirect(back(request, reverse("curation")))
    undone = verdicts.undo(rater_of(request), form.cleaned_data["undoes"])
    messages.info(request, f"Taken back: {undone.count}." if undone else "There is nothing to take back.")
    return redirect(back(request, reverse("curation")))
