"""Searching with a picture: handing one over, and seeing which it was."""

from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from search import fetched_pictures, pictures
from search.forms import PictureForm, first_error
from search.media import BadMedia
from search.views.access import for_members, for_readers
from search.views.receiving import received

A_WEEK_S = 604_800


@csrf_exempt  # see `received`
@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def picture(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, "", 200)
    return received(request, _search, partial(_page, request), settings.MSE_MAX_FILE_BYTES)


@csrf_protect
def _search(request: HttpRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, first_error(form), 400)
    try:
        file, address = form.cleaned_data["file"], form.cleaned_data["address"]
        token = pictures.keep(file) if file is not None else fetched_pictures.keep(address, request.user)
    except fetched_pictures.NotFetched as error:
        return _page(request, str(error), 400)
    except BadMedia as error:
        return _page(request, error.reason, 413 if error.code == "too-large" else 422)
    text = " ".join(filter(None, [f"picture:{token}", form.cleaned_data["q"].strip()]))
    return redirect(f"/?{urlencode({'q': text}, safe=':')}")


def _page(request: HttpRequest, problem: str, status: int) -> HttpResponse:
    shown = {"problem": problem, "text": request.GET.get("q", "")}
    return render(request, "search/picture.html", shown, status=status)


@require_safe
@cache_control(private=True, max_age=A_WEEK_S, immutable=True)
@for_readers
def preview(request: HttpRequest, token: str) -> HttpResponse:
    try:
        return HttpResponse(pictures.data(token), content_type="image/webp")
    except FileNotFoundError as error:
        raise Http404 from error
