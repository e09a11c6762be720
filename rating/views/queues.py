"""The queues that somebody may decide about, and the rules by which they fill."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rating import tasks
from rating.curation import figures
from rating.curation import queues as kept
from rating.curation_forms import QueueForm
from rating.models import CurationQueue
from rating.views.dashboard import numbers
from rating.views.rate import rater_of
from search.views.access import for_members


@require_safe
@never_cache
@for_members
def queues(request: HttpRequest) -> HttpResponse:
    user = rater_of(request)
    closed = CurationQueue.objects.visible_to(user).filter(state=CurationQueue.State.CLOSED).order_by("name")
    shown = {"rows": figures.waiting(user), "closed": closed, "figures": numbers(user)}
    return render(request, "rating/queues.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def add(request: HttpRequest) -> HttpResponse:
    return _form(request, rater_of(request), None)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def change(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, rater_of(request), queue_for(request, pk))


def _form(request: HttpRequest, by: User, queue: CurationQueue | None) -> HttpResponse:
    form = QueueForm(request.POST if request.method == "POST" else None, by, queue)
    if request.method == "POST" and form.is_valid():
        try:
            saved = kept.save(by, form.wanted(), queue)
        except kept.NotSaved as error:
            form.add_error(None, str(error))
        else:
            tasks.nudge_queue(saved.pk)
            messages.success(request, f"{saved} is saved; it fills in the background.")
            return redirect("queue", saved.pk)
    return render(request, "rating/queue_form.html", {"form": form, "queue": queue}, status=400 if form.errors else 200)


def queue_for(request: HttpRequest, pk: int) -> CurationQueue:
    """The queue, if this person may see it; otherwise 404, as if it were not there."""
    known = CurationQueue.objects.visible_to(request.user).select_related("axis", "taste_of", "made_by", "collection")
    return get_object_or_404(known, pk=pk)
