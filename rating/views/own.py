"""What somebody told the site about their taste: to take along, to bring in, to delete."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from rating import forgetting, intake, progress, tasks
from rating.api import MOST_IMPORTED_BYTES, TOO_MUCH, export
from rating.forms import ForgetForm, ImportForm
from rating.intake import Taken
from rating.records import lines_of
from rating.views.rate import rater_of
from search.views.access import for_members
from search.views.receiving import received


@require_safe
@never_cache
@for_members
def answers(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(
    request: HttpRequest,
    *,
    taken: Taken | None = None,
    trouble: str = "",
    form: ForgetForm | None = None,
    status: int = 0,
) -> HttpResponse:
    rater = rater_of(request)
    shown = {
        "counts": progress.counts(rater),
        "taken": taken,
        "trouble": trouble,
        "form": form or ForgetForm(None, rater.username),
        "max_mb": MOST_IMPORTED_BYTES // 1_000_000,
    }
    return render(request, "rating/answers.html", shown, status=status or (400 if trouble or form else 200))


@require_safe
@for_members
def download(request: HttpRequest) -> HttpResponseBase:
    return export(rater_of(request), "csv" if request.GET.get("form") == "csv" else "jsonl")


@csrf_exempt  # see `received`
@require_POST
@for_members
def bring_in(request: HttpRequest) -> HttpResponseBase:
    def refuse(reason: str, status: int) -> HttpResponse:
        return page(request, trouble=TOO_MUCH if status == 413 else reason, status=status)

    return received(request, _bring_in, refuse, MOST_IMPORTED_BYTES)


@csrf_protect
def _bring_in(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, trouble="No file was chosen.")
    file = form.cleaned_data["file"]
    if file.size > MOST_IMPORTED_BYTES:
        return page(request, trouble=TOO_MUCH, status=413)
    is_csv = file.name.lower().endswith(".csv")
    lines = lines_of(file, is_csv=is_csv)
    return page(request, taken=intake.bring_in(rater_of(request), lines, is_csv=is_csv))


@require_POST
@for_members
def forget(request: HttpRequest) -> HttpResponse:
    rater: User = rater_of(request)
    form = ForgetForm(request.POST, rater.username)
    if not form.is_valid():
        return page(request, form=form)
    gone = forgetting.forget(rater)
    tasks.nudge_tastes()
    messages.success(request, f"Deleted: {gone} answers, and everything that was waiting to be asked.")
    return redirect("rate-answers")
