"""The versions of a deep taste: what each is worth, what moves between two of them, and which one rankings follow."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rating import deep_claims, deep_versions, registry
from rating.deep_versions import NotActivated
from rating.forms import MovedForm
from rating.held_out import NotMeasurable
from rating.registry import Version
from rating.templatetags.tastes import slug
from rating.views.evaluation import taste_of
from rating.views.rate import rater_of
from rating.views.tastes import axis_called
from search.views.access import for_members


@require_safe
@never_cache
@for_members
def versions(request: HttpRequest, axis: str) -> HttpResponse:
    rater = rater_of(request)
    taste = taste_of(rater, axis_called(axis))
    known = registry.versions(taste)
    shown: dict[str, Any] = {"axis": taste.axis, "versions": known, "losses": registry.losses(known)}
    shown["form"], shown["needed"] = MovedForm(request.GET or None, [one.number for one in known]), deep_claims.FEWEST
    return render(request, "rating/versions.html", shown | _moved(rater, known, shown["form"]))


def _moved(rater: User, known: list[Version], form: MovedForm) -> dict[str, Any]:
    if not form.is_bound:
        return {}
    if not form.is_valid():
        raise Http404
    by_number = {one.number: one.axis for one in known}
    before, after = (by_number[form.cleaned_data[name]] for name in ("before", "after"))
    try:
        return {"before": before, "after": after, "movement": registry.moved(rater, before, after)}
    except NotMeasurable as error:
        return {"problem": str(error)}


@require_POST
@for_members
def activate(request: HttpRequest, axis: str, number: int) -> HttpResponse:
    rater = rater_of(request)
    taste = taste_of(rater, axis_called(axis))
    found = next((one.axis.taste for one in registry.versions(taste) if one.number == number), None)
    if found is None:
        raise Http404
    try:
        deep_versions.activate(found)
        messages.success(request, f"Rankings follow version {number} as soon as all memes are scored by it.")
    except NotActivated as error:
        messages.error(request, str(error))
    return redirect("taste-versions", slug(taste.axis))
