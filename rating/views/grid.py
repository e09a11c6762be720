"""Deciding about many at once: what waits as a grid, some of it picked, or all that match, counted before."""

import uuid
from dataclasses import replace

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rating.comparisons import Refused
from rating.curation import selections, showing
from rating.curation.selections import Selection
from rating.curation.verdicts import Decision
from rating.curation_forms import ManyForm, WhichForm
from rating.models import CurationQueue
from rating.views.queues import queue_for
from rating.views.rate import rater_of
from search.query import BadQuery
from search.retrieval import NothingToCompare
from search.views.access import for_members
from search.views.states import back

PAGE_SIZE = 120
DECIDED = "decided"  # in the session: what the next page offers to undo, said and key
SAID = {"keep": "Kept", "reject": "Rejected", "skip": "Skipped"}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_members
def grid(request: HttpRequest, pk: int) -> HttpResponse:
    queue = queue_for(request, pk)
    if request.method == "POST":
        return decide(request, queue)
    return page(request, queue)


def page(request: HttpRequest, queue: CurationQueue) -> HttpResponse:
    user, form = rater_of(request), WhichForm(request.GET)
    wanted, trouble = form.selection(), ""
    try:
        counted = selections.count(queue, user, wanted)
        waiting = selections.matching(queue, user, replace(wanted, counted=counted))
    except (Refused, BadQuery, NothingToCompare) as error:
        trouble, counted = str(error), selections.Counted(0, 0)
        waiting = queue.items.none()
    shown = Paginator(waiting, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "queue": queue,
        "form": form,
        "wanted": wanted,
        "counted": counted,
        "page": shown,
        "rows": showing.shown(queue, user, list(shown)),
        "trouble": trouble,
        "key": uuid.uuid4(),
        "done": request.session.pop(DECIDED, None),
    }
    return render(request, "rating/grid.html", context, status=400 if trouble else 200)


def decide(request: HttpRequest, queue: CurationQueue) -> HttpResponse:
    form = ManyForm(request.POST)
    here = back(request, request.path)
    if not form.is_valid():
        messages.error(request, "This could not be read: nothing was decided.")
        return redirect(here)
    given = form.cleaned_data
    chosen = form.selection() if given["is_all"] else Selection(items=form.picked())
    try:
        count = selections.decide(queue, rater_of(request), chosen, Decision(given["outcome"], given["key"]))
    except (Refused, BadQuery, NothingToCompare) as error:
        messages.error(request, str(error))
    else:
        if count:
            request.session[DECIDED] = {"said": f"{SAID[given['outcome']]}: {count}.", "key": str(given["key"])}
        else:
            messages.info(request, "Nothing was picked.")
    return redirect(here)
