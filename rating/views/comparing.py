"""One's own taste beside somebody else's: how far they agree, and about which memes they do not."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rating import sharing
from rating.beliefs import guesses
from rating.comparing import compare
from rating.sharing import Whose
from rating.views.rate import rater_of
from rating.views.tastes import SHOWN_OF_OTHERS, axis_called
from search.views.access import for_members


@require_safe
@never_cache
@for_members
def compared(request: HttpRequest, axis: str, owner: str) -> HttpResponse:
    """404 for a taste that is not shared, as for one that is not there."""
    rater, found = rater_of(request), axis_called(axis)
    theirs = sharing.of(rater, found, owner)
    if theirs is None or theirs.owner == rater:
        raise Http404
    whose = Whose(found, theirs.owner)
    mine = sharing.own(rater).filter(axis=found).first()
    value = f"{whose.name}/{found.name}"
    shown = {
        "axis": found,
        "whose": whose,
        "taste": mine,
        "agreement": compare(rater, mine, theirs) if mine else None,
        "groups": [
            (name, guesses(rater, value, weight, SHOWN_OF_OTHERS)) for name, weight in (("loves", 1.0), ("hates", -1.0))
        ],
    }
    return render(request, "rating/compared.html", shown)
