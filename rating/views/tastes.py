"""One's own tastes: how well they are known, what they believe, who may use them; and telling them that they are wrong."""

import uuid
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rating import corrections, deep_claims, progress, sharing
from rating import tastes as learned
from rating.beliefs import guesses
from rating.comparisons import MemeGone, Refused
from rating.forms import CorrectionForm, ShareForm, TakenBackForm
from rating.models import Axis
from rating.portraits import cards, portrait
from rating.seeing import in_concepts
from rating.templatetags.tastes import slug
from rating.terms import EVERYONE
from rating.views.rate import rater_of
from search.models import Meme
from search.views.access import for_members

SHOWN_OF_ALL, SHOWN_OF_OTHERS = 5, 6  # memes in a row


@require_safe
@never_cache
@for_members
def tastes(request: HttpRequest) -> HttpResponse:
    rater = rater_of(request)
    shown = {
        "cards": cards(rater, list(Axis.objects.in_use()), SHOWN_OF_ALL),
        "first": progress.milestone(0),
        "offered": sharing.offered_to(rater),
    }
    return render(request, "rating/tastes.html", shown)


@require_safe
@never_cache
@for_members
def taste(request: HttpRequest, axis: str) -> HttpResponse:
    rater, found = rater_of(request), axis_called(axis)
    mine = portrait(rater, found)
    shown = {
        "axis": found,
        "all_axes": Axis.objects.in_use(),
        "portrait": mine,
        "drawn": asdict(mine.curve) if mine and mine.curve else None,
        "needed": progress.FEWEST_TESTS,
        "deep_from": deep_claims.FEWEST,
        "groups": [(True, mine.loved), (False, mine.hated)] if mine else [],
        "shared_term": sharing.written(f"{rater.username}/{found.name}"),
        "key": uuid.uuid4(),
        "undo": request.session.pop("corrected", None),
        "offered": [whose for whose in sharing.offered_to(rater) if whose.axis == found and whose.owner],
        "everybody": _everybody(rater, found),
        "in_concepts": in_concepts(rater, mine.taste) if mine else None,
    }
    return render(request, "rating/taste.html", shown)


def _everybody(rater: User, axis: Axis) -> dict[str, Any] | None:
    """The community's taste, of three people or more."""
    found = sharing.of(rater, axis, EVERYONE)
    if found is None:
        return None
    value = f"{EVERYONE}/{axis.name}"
    groups = [
        (name, guesses(rater, value, weight, SHOWN_OF_OTHERS)) for name, weight in (("loves", 1.0), ("hates", -1.0))
    ]
    return {"taste": found, "groups": groups, "term": sharing.written(value)}


@require_POST
@for_members
def correct(request: HttpRequest, axis: str) -> HttpResponse:
    rater, found, form = rater_of(request), axis_called(axis), CorrectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "The correction could not be read.")
        return redirect("taste", slug(found))
    given = form.cleaned_data
    meme = Meme.objects.visible_to(rater).filter(pk=given["meme"]).first()
    try:
        if meme is None:
            raise MemeGone("This meme is no longer in the library.")
        corrections.correct(rater, found, meme, is_loved=given["is_loved"], key=given["key"])
        request.session["corrected"] = str(given["key"])
    except Refused as error:
        messages.error(request, str(error))
    return redirect("taste", slug(found))


@require_POST
@for_members
def take_back(request: HttpRequest, axis: str) -> HttpResponse:
    found, form = axis_called(axis), TakenBackForm(request.POST)
    undone = corrections.take_back(rater_of(request), form.cleaned_data["key"]) if form.is_valid() else None
    messages.info(request, "Taken back." if undone else "There is nothing to take back.")
    return redirect("taste", slug(found))


@require_POST
@for_members
def share(request: HttpRequest, axis: str) -> HttpResponse:
    found, form = axis_called(axis), ShareForm(request.POST)
    is_shared = form.is_valid() and form.cleaned_data["is_shared"]
    learned.share(rater_of(request), found, is_shared=is_shared)
    messages.success(request, f"Others can {'now use' if is_shared else 'no longer use'} what you find {found}.")
    return redirect("taste", slug(found))


def axis_called(name: str) -> Axis:
    found = sharing.axis_called(name)
    if found is None:
        raise Http404
    return found
