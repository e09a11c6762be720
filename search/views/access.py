"""Who may see a page, and a meme looked up for the one who asks."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from search import states
from search.models import Meme

View = Callable[..., HttpResponseBase]


def is_partial(request: HttpRequest) -> bool:
    """Whether a script on a page asks, and not somebody who would see the answer as a page."""
    return "HX-Request" in request.headers or not request.accepts("text/html")


def is_prefetch(request: HttpRequest) -> bool:
    """Whether the browser only gets ready for what somebody may ask next."""
    return "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))


def for_readers(view: View) -> View:
    """Strangers are sent to sign in, unless the library is public; scripts are told with a status instead."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated or settings.PUBLIC_LIBRARY:
            return view(request, *args, **kwargs)
        return _sign_in(request)

    return checked


def for_members(view: View) -> View:
    """Like `for_readers`, where signing in is needed even on a public site."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _sign_in(request)

    return checked


def _sign_in(request: HttpRequest) -> HttpResponse:
    if is_partial(request):
        return HttpResponse("Sign in first.", status=401, content_type="text/plain; charset=utf-8")
    return redirect_to_login(request.get_full_path() if request.method == "GET" else request.path)


def kept_meme_for(request: HttpRequest, pk: int) -> Meme:
    """The meme, if this person may see it, or has it in the trash or hidden and may bring it back; otherwise 404."""
    seen = Meme.objects.visible_to(request.user).filter(pk=pk).first()
    if seen is not None:
        return seen
    return get_object_or_404(Meme.objects.in_charge(request.user).filter(states.taken_out()), pk=pk)


def meme_for(request: HttpRequest, pk: int) -> Meme:
    """The meme, if this person may see it; otherwise 404, as if it were not there."""
    return get_object_or_404(Meme.objects.visible_to(request.user), pk=pk)
