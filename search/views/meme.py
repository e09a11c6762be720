"""One meme: its picture, what it says, where it was seen, and what is like it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search import nsfw, retrieval, states
from search.models import Meme
from search.readiness import Readiness, readiness
from search.views.access import for_readers, kept_meme_for
from search.views.states import going_on, offered


@require_safe
@vary_on_headers("HX-Request")
@for_readers
def meme(request: HttpRequest, pk: int) -> HttpResponse:
    found = kept_meme_for(request, pk)
    is_out = found.state != Meme.State.ACTIVE
    state = Readiness("ready") if is_out else readiness([found])[found.pk]
    if "HX-Request" in request.headers and request.GET.get("seen") == state.state:
        return HttpResponse(status=204)  # nothing new: the page stays as it is
    acting = states.role(request.user, found)
    shown = {
        "meme": found,
        "readiness": state,
        "similar": None if is_out else retrieval.similar(request.user, found),
        "actions": states.open_as(acting, found.state),
        "may_say_nsfw": acting is not None or nsfw.is_adder(request.user, found),
        "going_on": going_on(found),
        "undo": offered(request),
        "panels": [import_string(path)(request.user, found) for path in settings.SEARCH_MEME_PANELS],
        "sightings": found.sightings.select_related("source").order_by("missing_since", "-pk")[:50],
    }
    return render(request, "search/meme.html", shown)
