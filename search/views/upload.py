"""Taking in what people hand over: one file for each request of the page's script, any number from the plain form."""

from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from search import library, store, tasks
from search.forms import UploadForm
from search.media import FORMATS, BadMedia
from search.models import Meme
from search.readiness import readiness
from search.views.access import for_members
from search.views.progress import shown
from search.views.receiving import received


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    name: str
    status: int
    meme: Meme | None = None
    reason: str = ""
    remedy: str = ""  # what may be asked for instead: `anyway`, `private`

    @property
    def result(self) -> str:
        return "refused" if self.meme is None else "added" if self.status == 201 else "known"

    def as_json(self) -> dict[str, object]:
        said: dict[str, object] = {
            "name": self.name,
            "result": self.result,
            "reason": self.reason,
            "remedy": self.remedy,
        }
        if self.meme is not None:
            said["url"] = self.meme.get_absolute_url()
            said["meme"] = shown(self.meme, readiness([self.meme])[self.meme.pk])
        return said


@csrf_exempt  # see `received`
@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def upload(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return page(request, [])

    def refuse(reason: str, status: int) -> HttpResponse:
        return answer(request, [Outcome("", status, reason=reason)])

    return received(request, receive, refuse, settings.MSE_MAX_FILE_BYTES)


@csrf_protect
def receive(request: HttpRequest) -> HttpResponse:
    files = request.FILES.getlist("file")
    if not files:
        return answer(request, [Outcome("", 400, reason="No file was chosen.")])
    form = UploadForm(request.POST)
    form.is_valid()
    outcomes = [take(file, request.user, form.cleaned_data) for file in files]
    tasks.nudge()
    return answer(request, outcomes)


def take(file: "UploadedFile[Any]", user: object, how: dict[str, bool]) -> Outcome:
    assert isinstance(user, User)  # for_members let nobody else through
    name = file.name or "pasted picture"
    try:
        added = library.add_upload(
            cast(BinaryIO, file),
            file.size or 0,
            filename=name,
            user=user,
            is_private=how["private"],
            anyway=how["anyway"],
        )
    except BadMedia as error:
        return Outcome(name, 413 if error.code == "too-large" else 422, reason=error.reason)
    except library.TakenOut as error:
        return Outcome(name, 409, reason=str(error), remedy=error.remedy)
    except OSError as error:
        if error.errno not in store.FULL:
            raise
        return Outcome(name, 507, reason="The media store is full: nothing was kept of this file.")
    return Outcome(name, 201 if added.is_new else 200, added.meme)


def answer(request: HttpRequest, outcomes: list[Outcome]) -> HttpResponse:
    if request.accepts("text/html"):
        return page(request, outcomes)
    if len(outcomes) == 1:
        return JsonResponse(outcomes[0].as_json(), status=outcomes[0].status)
    return JsonResponse({"files": [outcome.as_json() for outcome in outcomes]})


def page(request: HttpRequest, outcomes: list[Outcome]) -> HttpResponse:
    refused = [outcome.status for outcome in outcomes if outcome.meme is None]
    everything = {
        "outcomes": outcomes,
        "may_insist": any(outcome.remedy == "anyway" for outcome in outcomes),
        "formats": ", ".join(FORMATS),
        "accept": ",".join(sorted({form for known in FORMATS.values() for form in (known.mime, known.extension)})),
    }
    return render(request, "search/upload.html", everything, status=refused[0] if refused else 200)
