"""Pairs that may be the same, one after the other: what differs, and a key for each answer."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from search import agreement, duplicates, merging
from search.models import DuplicatePair, Meme
from search.templatetags.memes import clock
from search.views.access import for_members
from search.views.searches import person

Decision = DuplicatePair.Decision
SAID = {
    Decision.LEFT: "The left one is kept; the other is in the trash.",
    Decision.RIGHT: "The right one is kept; the other is in the trash.",
    Decision.BOTH: "Both are kept.",
    Decision.DIFFERENT: "They are not the same.",
}
MOST_SOURCES = 5


@dataclass(frozen=True)
class Difference:
    """One fact of both; `better` is the side that has more of it, empty when that is no merit."""

    name: str
    left: str
    right: str
    better: str = ""

    @property
    def differs(self) -> bool:
        return self.left != self.right


@require_safe
@never_cache
@for_members
def review(request: HttpRequest) -> HttpResponse:
    waiting = open_pairs(person(request))
    pair, following = (*waiting[:2], None, None)[:2]
    shown: dict[str, Any] = {
        "pair": pair,
        "following": following,
        "left_to_do": waiting.count(),
        "differences": differences(pair) if pair else [],
        "said": request.session.pop("decided", ""),
        "may_undo": DuplicatePair.objects.filter(decided_by=person(request)).exclude(decision="").exists(),
    }
    return render(request, "search/duplicates.html", shown)


@require_POST
@for_members
def decide(request: HttpRequest, pk: int, decision: str) -> HttpResponse:
    """To those who may not decide about the pair, it is not there."""
    if decision not in Decision:
        raise Http404
    by = person(request)
    pair = get_object_or_404(DuplicatePair, pk=pk, first__in=Meme.objects.in_charge(by))
    try:
        duplicates.decide(pair, Decision(decision), by)
    except (duplicates.AlreadyDecided, merging.NotMerged) as error:
        messages.error(request, str(error))
    else:
        request.session["decided"] = SAID[Decision(decision)]
    return redirect("duplicates")


@require_POST
@for_members
def undo(request: HttpRequest) -> HttpResponse:
    try:
        pair = duplicates.take_back(person(request))
    except merging.NotUndone as error:
        messages.error(request, str(error))
    else:
        messages.info(request, "Taken back." if pair else "There is nothing to take back.")
    return redirect("duplicates")


def open_pairs(user: User) -> Any:
    return DuplicatePair.objects.open_for(user).select_related("first", "second")


def differences(pair: DuplicatePair) -> list[Difference]:
    """What can be said of both, in the order in which it helps to choose."""
    left, right = pair.first, pair.second
    pixels = [f"{meme.width} × {meme.height} px" for meme in pair.both]
    sizes = [filesizeformat(meme.size_bytes) for meme in pair.both]
    rows = [
        Difference("Size", pixels[0], pixels[1], _more(left.width * left.height, right.width * right.height)),
        Difference("File", sizes[0], sizes[1], _more(left.size_bytes, right.size_bytes)),
        Difference("Format", left.format, right.format),
    ]
    if Meme.Kind.IMAGE not in (left.kind, right.kind):
        rows.append(Difference("Length", clock(left.duration_ms), clock(right.duration_ms)))
    rows += [
        Difference("Title", left.title, right.title),
        Difference("Says", *_said(left, right)),
        Difference("Seen", _seen(left), _seen(right)),
        Difference("Added", f"{left.created_at:%-d %b %Y}", f"{right.created_at:%-d %b %Y}"),
    ]
    return rows


def _said(left: Meme, right: Meme) -> tuple[str, str]:
    """Both texts; the same one when they differ by nothing but how they were read."""
    said = [" ".join(meme.text.split()) for meme in (left, right)]
    return (said[0], said[0]) if agreement.agree(*said) else (said[0], said[1])


def _seen(meme: Meme) -> str:
    found = meme.sightings.order_by("pk").values_list("source__name", "community")
    places = dict.fromkeys(community or source for source, community in found)
    more = len(places) - MOST_SOURCES
    return ", ".join(list(places)[:MOST_SOURCES]) + (f" and {more} more" if more > 0 else "")


def _more(left: int, right: int) -> str:
    return "" if left == right else "left" if left > right else "right"
