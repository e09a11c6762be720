"""How good a taste is, with plots."""

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rating import evaluation
from rating.forms import EvaluatedForm
from rating.held_out import NotMeasurable
from rating.models import Axis, Taste
from rating.views.rate import rater_of
from rating.views.tastes import axis_called
from search.views.access import for_members


@require_safe
@never_cache
@for_members
def evaluated(request: HttpRequest, axis: str) -> HttpResponse:
    rater, form = rater_of(request), EvaluatedForm(request.GET)
    if not form.is_valid():
        raise Http404
    taste = taste_of(rater, axis_called(axis), form.cleaned_data["owner"])
    used, number = evaluation.used(taste), form.cleaned_data["version"]
    shown = {"axis": taste.axis, "taste": taste, "is_own": taste.owner == rater, "used": used, "number": number}
    shown["versions"] = [one.taste.version for one in evaluation.versions(taste)]
    if number is not None and number not in shown["versions"]:
        raise Http404
    try:
        shown["found"] = evaluation.evaluate(rater, taste, number)
    except NotMeasurable as error:
        shown["problem"] = str(error)
    return render(request, "rating/evaluation.html", shown)


def taste_of(rater: User, axis: Axis, owner: str = "") -> Taste:
    """404 for one of which nothing is known, and for somebody's who does not share it."""
    found = evaluation.of_name(rater, axis, owner)
    if found is None:
        raise Http404
    return found
