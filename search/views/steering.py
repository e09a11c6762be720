"""What sets the results of a search apart, to steer it by: comes after the page that shows them."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search.concepts import apart, reading
from search.concepts.steering import LARGEST, STEP, steered, with_weight, without
from search.forms import IdsForm
from search.models import Concept, Meme
from search.query import BadQuery, Query, to_pairs
from search.views.access import for_readers
from search.views.asked import asked_for, read_asked


@dataclass(frozen=True)
class Chip:
    """A concept to have more or less of; `more` and `less` are addresses, empty where there is no such search.

    `weight` is how much the search has of it already; `rest` and `pairs` are the search without it.
    """

    label: str
    more: str
    less: str
    weight: float = 0.0
    share: float | None = None
    rest: str = ""
    concept: Concept | None = None


@require_safe
@vary_on_headers("HX-Request")
@for_readers
def setting_apart(request: HttpRequest) -> HttpResponse:
    """`ids` are memes that the search found; what somebody may not see of them is left out."""
    asked = read_asked(request.GET, may_keep=request.user.is_authenticated)
    form = IdsForm(request.GET)
    ids = form.cleaned_data["ids"] if form.is_valid() else []
    try:
        query = asked.query()
    except BadQuery:
        query = Query()
    model = reading.active()
    chips: list[Chip] = []
    if model is not None:
        visible = set(Meme.objects.listed_for(request.user).filter(pk__in=ids).values_list("pk", flat=True))
        marks = apart.setting_apart(model, sorted(visible), without={one.label for one in steered(query)})
        chips = [_steering(query, one.label, one.weight) for one in steered(query)]
        chips += [_offered(query, mark) for mark in marks]
    partial = "HX-Request" in request.headers
    return render(request, "search/_apart.html" if partial else "search/apart.html", {
        "chips": chips, "asked": asked, "largest": LARGEST, "step": STEP / 2,
    })  # fmt: skip


def _steering(query: Query, label: str, weight: float) -> Chip:
    pairs = dict(to_pairs(without(query, label)))
    return Chip(
        label, _address(with_weight(query, label, weight + STEP)), _address(with_weight(query, label, weight - STEP)),
        weight, rest=pairs.get("q", ""),
    )  # fmt: skip


def _offered(query: Query, mark: apart.Mark) -> Chip:
    label = mark.concept.label
    return Chip(
        label, _address(with_weight(query, label, STEP)), _address(with_weight(query, label, -STEP)),
        share=mark.share, concept=mark.concept,
    )  # fmt: skip


def _address(query: Query | None) -> str:
    return "" if query is None else asked_for(query, may_keep=False).address
