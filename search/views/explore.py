"""Exploring: five strips along one direction, a pick, the next direction; all of it in the address."""

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from search import query, retrieval, surprises
from search.concepts import exploring, reading
from search.concepts.exploring import LONGEST, LOOKS, Stop, Walk
from search.models import ConceptModel
from search.query import LikeTerm, Query, speakable, to_text
from search.sidecar.terms import BadTerm
from search.views.access import for_readers

# What `by` may say instead of a concept.
BEST, RANDOM, COMPONENT = "", "random!", "component!"
NAMES = ("Two steps back", "One step back", "Here", "One step forward", "Two steps forward")


@require_safe
@never_cache
@for_readers
def explore(request: HttpRequest) -> HttpResponseBase:
    model = reading.active()
    if model is None:
        return render(request, "search/explore.html", {"model": None})
    try:
        walk = read_walk(request)
        if not walk.start.directions:
            return _begin(request, walk)
        if walk.along in (BEST, RANDOM, COMPONENT):
            return redirect(address(_along(request, model, walk)))
    except (query.BadQuery, retrieval.NothingToCompare, BadTerm) as error:
        return render(request, "search/explore.html", {"model": model, "trouble": str(error)}, status=400)
    return _show(request, walk)


def read_walk(request: HttpRequest) -> Walk:
    """`q` where it began, each `step` as `2~cats`, `by` the direction looked along. Raises BadQuery."""
    stops = []
    for given in request.GET.getlist("step")[:LONGEST]:
        steps, _, label = speakable(given).strip().partition("~")
        if label and steps in {str(one) for one in LOOKS}:
            stops.append(Stop(label, int(steps)))
    return Walk(query.parse(request.GET.get("q", "")), tuple(stops), speakable(request.GET.get("by", BEST)).strip())


def address(walk: Walk) -> str:
    pairs = [("q", to_text(walk.start)), *(("step", f"{stop.steps}~{stop.label}") for stop in walk.stops)]
    return f"{reverse('explore')}?{urlencode([*pairs, *([('by', walk.along)] if walk.along else [])])}"


def _along(request: HttpRequest, model: ConceptModel, walk: Walk) -> Walk:
    """`not` is the direction that somebody wants another one than."""
    so_far = replace(walk, along=request.GET.get("not", ""))
    match walk.along:
        case "random!":
            return replace(walk, along=exploring.random_direction(model, so_far))
        case "component!":
            return replace(walk, along=exploring.next_component(so_far))
    return replace(walk, along=exploring.next_direction(request.user, model, so_far))


def _another(walk: Walk, by: str) -> str:
    return f"{address(replace(walk, along=by))}&{urlencode({'not': walk.along})}"


def _begin(request: HttpRequest, walk: Walk) -> HttpResponseBase:
    """Anywhere: without a place to begin at there are no steps."""
    meme = surprises.pick(request.user)
    if meme is None:
        return render(request, "search/explore.html", {"model": True})
    return redirect(address(Walk(Query((LikeTerm(meme.pk),), walk.start.filters))))


def _show(request: HttpRequest, walk: Walk) -> HttpResponse:
    found = exploring.looks(request.user, walk)
    strips = [
        {"number": number, "name": name, "look": look, "pick": address(walk.after(look.steps))}
        for number, (name, look) in enumerate(zip(NAMES, found, strict=True), 1)
    ]
    here = to_text(walk.at())
    crumbs = [
        {
            "label": stop.label,
            "steps": f"{stop.steps:+d}" if stop.steps else "0",
            "address": address(walk.before(place)),
        }
        for place, stop in enumerate(walk.stops)
    ]
    shown = {
        "model": True,
        "along": walk.along,
        "strips": strips,
        "here": here,
        "start": {"text": to_text(walk.start), "address": address(Walk(walk.start))},
        "crumbs": crumbs,
        "undo": crumbs[-1]["address"] if crumbs else "",
        "random": _another(walk, RANDOM),
        "component": _another(walk, COMPONENT),
    }
    return render(request, "search/explore.html", shown)
