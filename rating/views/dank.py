"""Is it dank? A picture that is dropped and judged at once, and the newest posts of every source with the same two scores."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from rating import judging, popular
from rating.judging import NotJudged
from rating.views.rate import rater_of
from search import fetched_pictures, spaces
from search.forms import PictureForm, first_error
from search.media import BadMedia
from search.views.access import for_members, is_partial
from search.views.receiving import received


@csrf_exempt  # see `received`
@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def dank(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request, {}, 200)

    def refuse(reason: str, status: int) -> HttpResponse:
        return _page(request, {"problem": reason}, status)

    return received(request, _judged, refuse, settings.MSE_MAX_FILE_BYTES)


@csrf_protect
def _judged(request: HttpRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, {"problem": first_error(form)}, 400)
    file, address = form.cleaned_data["file"], form.cleaned_data["address"]
    viewer = rater_of(request)
    try:
        data = file.read() if file is not None else fetched_pictures.get(address, viewer)
        judgement = judging.judge(viewer, data)
    except (fetched_pictures.NotFetched, BadMedia) as error:
        return _page(request, {"problem": str(error)}, 422)
    except NotJudged as error:
        return _page(request, {"problem": str(error)}, 503)
    return _page(request, {"judgement": judgement, "address": "" if file is not None else address}, 200)


def _page(request: HttpRequest, shown: dict[str, Any], status: int) -> HttpResponse:
    if is_partial(request):
        return render(request, "rating/_judgement.html", shown, status=status)
    shown["newest"] = judging.newest(rater_of(request))
    return render(request, "rating/dank.html", shown, status=status)


@require_safe
@for_members
def model(request: HttpRequest) -> HttpResponse:
    """How well popularity can be told from a picture, honestly; without a model, how it comes to one."""
    space = spaces.active()
    found = None if space is None else popular.newest(space)
    shown: dict[str, Any] = {"model": found}
    if found is not None:
        shown["plots"] = popular.plots(found)
    return render(request, "rating/popularity.html", shown)
