"""How curation goes: numbers, each with the list behind it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rating.curation import figures
from rating.curation_forms import VerdictsForm
from rating.models import Verdict
from rating.views.rate import rater_of
from search import claims, holdings
from search import tasks as sweeps
from search.curators import is_curator
from search.models import Claim
from search.views.access import for_members

PAGE_SIZE = 60


def numbers(user: User) -> dict[str, Any]:
    """Of everything that `user` may decide about; of the library itself for curators alone."""
    days = figures.days()
    shown: dict[str, Any] = {
        "days": figures.by_day_and_person(user),
        "shares": figures.by_score(user),
        "sources": figures.by_source(user),
        "tastes": figures.tastes(user),
    }
    if is_curator(user):
        failed = holdings.failures_by_stage(user)
        shown["added"] = list(holdings.added_by_day(user, days).items())
        shown["failures"] = [(stage, failed.get(stage.value, 0)) for stage in Claim.Stage]
        shown["disk"] = holdings.disk()
    return shown


@require_safe
@never_cache
@for_members
def verdicts(request: HttpRequest) -> HttpResponse:
    """What was decided, the latest first; of which, the address says."""
    user, form = rater_of(request), VerdictsForm(request.GET)
    found = Verdict.objects.standing().visible_to(user).filter(form.condition())
    rows = found.select_related("item__meme", "item__queue", "by").order_by("-decided_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "rating/verdicts.html", {"page": page, "filters": form.told()})


@require_safe
@never_cache
@for_members
def added(request: HttpRequest) -> HttpResponse:
    """What came in on a day."""
    day = figures.day_of(request.GET.get("day", "")) or figures.days()[0]
    page = Paginator(holdings.added_on(rater_of(request), day), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "rating/added.html", {"page": page, "day": day})


@require_safe
@never_cache
@for_members
def failures(request: HttpRequest) -> HttpResponse:
    """For curators; to others it is not there."""
    rows = holdings.failures(_curator(request))
    stage = request.GET.get("stage", "")
    if stage in Claim.Stage:
        rows = rows.filter(stage=stage)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "rating/failures.html", {"page": page, "stage": stage if stage in Claim.Stage else ""})


@require_POST
@for_members
def mend(request: HttpRequest) -> HttpResponse:
    """Have what failed tried again, of one stage or of all."""
    rows, stage = holdings.failures(_curator(request)), request.POST.get("stage", "")
    if stage in Claim.Stage:
        rows = rows.filter(stage=stage)
    count = claims.retry(Claim.objects.filter(pk__in=rows.order_by().values("pk")))
    sweeps.nudge()
    messages.success(request, f"{count} will be tried again." if count else "There is nothing to mend.")
    return redirect("curation-failures")


def _curator(request: HttpRequest) -> User:
    if not is_curator(request.user):
        raise Http404
    return rater_of(request)
