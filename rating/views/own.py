"""What somebody told the site about their taste: to take along, to bring in, to delete."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rating import forgetting, intake, progress, tasks
from rating.api import MOST_IMPORTED_BYTES, export
from rating.forms import ForgetForm, ImportForm
from rating.intake import Taken
from rating.views.rate import rater_of
from search.views.access import for_members


@require_safe
@never_cache
@for_members
def answers(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(
    request: HttpRequest, *, taken: Taken | None = None, trouble: str = "", form: ForgetForm | None = None
) -> HttpResponse:
    rater = rater_of(request)
    shown = {
        "counts": progress.counts(rater),
        "taken": taken,
        "trouble": trouble,
        "form": form or ForgetForm(None, rater.username),
        "max_mb": MOST_IMPORTED_BYTES // 1_000_000,
    }
    return render(request, "rating/answers.html", shown, status=400 if trouble or form else 200)


@require_safe
@for_members
def download(request: HttpRequest) -> HttpResponseBase:
    return export(rater_of(request), "csv" if request.GET.get("form") == "csv" else "jsonl")


@require_POST
@for_members
def bring_in(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return page(request, trouble="No file was chosen.")
    file = form.cleaned_data["file"]
    if file.size > MOST_IMPORTED_BYTES:
        return page(request, trouble=f"At most {MOST_IMPORTED_BYTES // 1_000_000} MB are taken at once.")
    text = file.read().decode("utf-8-sig", "replace")
    return page(request, taken=intake.bring_in(rater_of(request), text, is_csv=file.name.lower().endswith(".csv")))


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
