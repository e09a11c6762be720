"""The page that asks: two memes side by side, or four, with a row of answers for each axis."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rating import asking, comparisons, progress, tasks
from rating.asking import Mode
from rating.beliefs import beliefs
from rating.comparisons import Refused, Sent
from rating.forms import MODES, NON_ANSWERS, AnswerForm, WantedForm
from rating.models import Axis
from rating.pairs import Asked
from rating.policies import LABELS
from rating.pool import Pool
from rating.serializers import as_question
from search.query import BadQuery
from search.retrieval import NothingToCompare
from search.sidecar.terms import BadTerm
from search.views.access import for_members

KEPT = "rating"  # in the session
# The five answers, from left to right: value, what a screen reader says, the drawing on the key.
SCALE = (
    ("much_left", "left is much better", "≪"),
    ("left", "left is better", "<"),
    ("tie", "equally good", "="),
    ("right", "right is better", ">"),
    ("much_right", "right is much better", "≫"),
)
PLACES = ((1, "the first"), (2, "the second"), (3, "the third"), (4, "the fourth"), (0, "none of them"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_members
def rate(request: HttpRequest) -> HttpResponse:
    axes = list(Axis.objects.in_use())
    form = WantedForm(request.GET, axes)
    wanted = form.wanted(request.session.get(KEPT, {}))
    if "axis" in request.GET or "mode" in request.GET or "policy" in request.GET:
        request.session[KEPT] = wanted
    chosen = [axis for axis in axes if axis.name in wanted["axes"]]
    if wanted["mode"] == "fours":
        chosen = chosen[:1]
    if request.method == "POST":
        return answer(request, chosen, wanted["mode"])
    return page(request, form.query(), wanted, axes, chosen)


def page(
    request: HttpRequest, q: str, wanted: dict[str, Any], axes: Sequence[Axis], chosen: Sequence[Axis]
) -> HttpResponse:
    rater = rater_of(request)
    asked, trouble, found = Asked(Pool(rater, q), wanted["policy"], chosen), "", None
    mode: Mode = wanted["mode"]
    try:
        found = asking.peek(asked, mode) if chosen else None
        if found and found.candidates and mode == "pairs":
            tasks.nudge(asked)
    except (BadQuery, NothingToCompare) as error:
        trouble = str(error)
    except BadTerm as error:
        trouble = error.message
    question = next((as_question(candidate, found.memes) for candidate in found.candidates), None) if found else None
    counted = progress.counts(rater)
    shown = {
        **wanted,
        "asked_q": q,
        "all_axes": axes,
        "chosen": chosen,
        "question": question,
        "key": uuid.uuid4(),
        "trouble": trouble,
        "counts": counted,
        "scale": SCALE,
        "places": PLACES,
        "modes": MODES,
        "policies": list(LABELS.items()),
        "non_answers": NON_ANSWERS,
        "is_short": Pool(rater).memes()[:4].count() < (4 if mode == "fours" else 2),
        "beliefs": beliefs(rater, chosen),
        "facts": facts(request, q, wanted, chosen, counted),
    }
    return render(request, "rating/rate.html", shown, status=400 if trouble else 200)


def facts(
    request: HttpRequest, q: str, wanted: dict[str, Any], chosen: Sequence[Axis], counted: progress.Counts
) -> dict[str, Any]:
    """What the script needs to know."""
    names = ("pairs", "fours", "answers", "choices", "undo", "release")
    return {
        "user": request.user.pk,
        "mode": wanted["mode"],
        "policy": wanted["policy"],
        "q": q,
        "axes": [{"name": axis.name, "id": axis.pk} for axis in chosen],
        "counts": {"today": counted.today, "ever": counted.ever},
        "urls": {name: reverse(f"api-rating-{name}") for name in names},
    }


def answer(request: HttpRequest, chosen: Sequence[Axis], mode: Mode) -> HttpResponse:
    """From the form of the page, where no script sends it."""
    form = AnswerForm(request.POST, chosen, mode)
    if not form.is_valid():
        errors = form.non_field_errors() or ["The answer could not be read."]
        messages.error(request, str(errors[0]))
        return again(request)
    given = form.cleaned_data
    record = comparisons.choose if mode == "fours" else comparisons.answer
    try:
        record(rater_of(request), given["token"], given["rows"], Sent(given["key"]))
    except Refused as error:
        messages.error(request, str(error))
    return again(request)


@require_safe
@never_cache
@for_members
def believed(request: HttpRequest) -> HttpResponse:
    """What stands below the question, as it is now; nothing while nothing is known."""
    axes = [axis for axis in Axis.objects.in_use() if axis.name in request.GET.getlist("axis")]
    return render(request, "rating/_taste.html", {"beliefs": beliefs(rater_of(request), axes)})


@require_POST
@for_members
def undo(request: HttpRequest) -> HttpResponse:
    undone = comparisons.undo(rater_of(request))
    messages.info(request, "Taken back." if undone else "There is nothing to take back.")
    return again(request)


def again(request: HttpRequest) -> HttpResponse:
    """The page with the next question, for the same search."""
    q = request.GET.get("q", "")
    query = QueryDict(mutable=True)
    if q:
        query["q"] = q
    return redirect(f"{reverse('rate')}?{query.urlencode()}" if q else reverse("rate"))


def rater_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # for_members let nobody else through
    return request.user
