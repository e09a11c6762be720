"""One meme: its picture, what it says, where it was seen, and what is like it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search import retrieval
from search.readiness import readiness
from search.views.access import for_readers, meme_for


@require_safe
@vary_on_headers("HX-Request")
@for_readers
def meme(request: HttpRequest, pk: int) -> HttpResponse:
    found = meme_for(request, pk)
    state = readiness([found])[found.pk]
    if "HX-Request" in request.headers and request.GET.get("seen") == state.state:
        return HttpResponse(status=204)  # nothing new: the page stays as it is
    shown = {
        "meme": found,
        "readiness": state,
        "similar": retrieval.similar(request.user, found),
        "sightings": found.sightings.select_related("source").order_by("missing_since", "-pk")[:50],
    }
    return render(request, "search/meme.html", shown)
