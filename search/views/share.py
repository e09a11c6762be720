"""Sharing from a phone: the site as an app it can share with, and what is shared, taken in once its owner says so."""

from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from search import fetched_pictures, library, pictures, shared, tasks
from search.forms import UploadForm
from search.media import FORMATS, BadMedia
from search.models import Sighting
from search.shared import Shared
from search.views import upload
from search.views.access import for_members
from search.views.receiving import received
from search.views.upload import Outcome

STRANGERS_BYTES = 25_000_000
PREVIEWS = 6
AN_HOUR_S = 3_600
AGAIN = "Sign in, then share it again."
GONE = "What was shared has been added already, or a day has passed: share it again."


@require_safe
@cache_control(max_age=AN_HOUR_S)
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to know to install the site, and to share with it."""
    icons = [("192", "any"), ("512", "any"), ("512", "maskable")]
    told = {
        "id": "/",
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12].strip() if len(settings.SITE_NAME) <= 12 else "Memes",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#0d0e0f",
        "theme_color": "#0d0e0f",
        "icons": [
            {
                "src": static(f"icons/app-{size}{'-maskable' if purpose == 'maskable' else ''}.png"),
                "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose,
            }
            for size, purpose in icons
        ],
        "share_target": {
            "action": reverse("share"),
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {
                "title": "title", "text": "text", "url": "url",
                "files": [{"name": "file", "accept": sorted({form.mime for form in FORMATS.values()})}],
            },
        },
    }  # fmt: skip
    return JsonResponse(told, content_type="application/manifest+json")


# A phone's share carries no token of a form: nothing is taken in before the next page, whose form does, is sent.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("upload")
    is_stranger = not request.user.is_authenticated
    limit = min(STRANGERS_BYTES, settings.MSE_MAX_FILE_BYTES) if is_stranger else settings.MSE_MAX_FILE_BYTES

    def refuse(reason: str, status: int) -> HttpResponse:
        return _again(request, reason, is_stranger)

    return received(request, partial(_keep, is_stranger=is_stranger), refuse, limit)


def _keep(request: HttpRequest, is_stranger: bool) -> HttpResponse:
    files = [
        shared.Handed(file.name or "shared", file.size or 0, cast(Any, file)) for file in request.FILES.getlist("file")
    ]
    title, *rest = (request.POST.get(name, "").strip() for name in ("title", "text", "url"))
    words = "\n".join(part for part in (*reversed(rest), title) if part)
    if not files and not words:
        return _again(request, "Nothing was shared.", is_stranger=False)
    try:
        token = shared.keep(files, title, words, is_stranger=is_stranger)
    except shared.NoRoom:
        return _again(request, "There is no room for it.", is_stranger)
    return redirect("share-confirm", token)


def _again(request: HttpRequest, reason: str, is_stranger: bool) -> HttpResponse:
    messages.warning(request, f"{reason} {AGAIN}" if is_stranger else reason)
    return redirect_to_login(reverse("upload")) if is_stranger else redirect("upload")


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = shared.read(token)
        if request.method != "POST":
            return _page(request, found, [])
        if "drop" in request.POST:
            _forget_previews(found)
            shared.drop(found)
            messages.success(request, "Nothing was added.")
            return redirect("upload")
        outcomes = _taken(request, found)
    except FileNotFoundError:
        messages.warning(request, GONE)
        return redirect("upload")
    tasks.nudge()
    if any(outcome.remedy for outcome in outcomes):
        return _page(request, found, outcomes)
    shared.drop(found)
    return upload.page(request, outcomes)


def _taken(request: HttpRequest, found: Shared) -> list[Outcome]:
    form = UploadForm(request.POST)
    form.is_valid()
    how, user = form.cleaned_data, request.user
    assert isinstance(user, User)  # for_members let nobody else through
    outcomes = []
    for place, (name, size_bytes) in enumerate(found.files):
        with found.open(place) as file:
            outcomes.append(upload.take(UploadedFile(cast(Any, file), name, size=size_bytes), user, how))
    return outcomes + [_fetched(address, found.title, user, how) for address in found.addresses]


def _fetched(address: str, title: str, user: User, how: dict[str, bool]) -> Outcome:
    """The picture at an address, or the one that the page there is about."""
    try:
        data = fetched_pictures.get(address, user)
    except fetched_pictures.NotFetched as error:
        return Outcome(address, 422, reason=str(error))
    is_titled = title and title != address
    name = title.replace("/", " ") if is_titled else unquote(PurePosixPath(urlsplit(address).path).name) or address
    outcome = upload.take(SimpleUploadedFile(name, data), user, how)
    if outcome.meme is not None and len(address) <= 2000:
        mine = Sighting.objects.filter(source=library.upload_source(), locator=f"{outcome.meme.pk}/{user.pk}", url="")
        mine.update(url=address)
    return outcome


def _page(request: HttpRequest, found: Shared, outcomes: list[Outcome]) -> HttpResponse:
    refused = [outcome.status for outcome in outcomes if outcome.meme is None]
    everything = {
        "shared": found,
        "files": [(name, size, _preview(found, place)) for place, (name, size) in enumerate(found.files)],
        "can_fetch": bool(settings.SEARCH_PICTURE_FETCHER),
        "outcomes": outcomes,
        "may_insist": any(outcome.remedy == "anyway" for outcome in outcomes),
    }
    return render(request, "search/share.html", everything, status=refused[0] if refused else 200)


def _forget_previews(found: Shared) -> None:
    for place in range(min(PREVIEWS, len(found.files))):
        with suppress(BadMedia), found.open(place) as file:
            pictures.forget(cast(Any, file))


def _preview(found: Shared, place: int) -> str:
    """The token of a small picture of a shared file; empty where none can be made in passing."""
    if place >= PREVIEWS:
        return ""
    try:
        with found.open(place) as file:
            return pictures.keep(cast(Any, file))
    except BadMedia:
        return ""
