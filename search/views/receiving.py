"""Requests that bring a file: looked at before it is read, and told plainly when there is no room for it."""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse

from search import store
from search.api_posts import FORM_BYTES

NO_ROOM = "There is no room for another file here right now: nothing was kept. Whoever runs the site has to make some."
Refuse = Callable[[str, int], HttpResponse]  # with the reason and a status


def received(
    request: HttpRequest, receive: Callable[[HttpRequest], HttpResponse], refuse: Refuse, most_bytes: int
) -> HttpResponse:
    """What `receive` answers, or else `refuse`. For views that are exempt from the check that a page of ours asks.

    Looking for its token in the form reads the whole request: the size and the session are looked at before, and
    `receive` has the check.
    """
    if int(request.META.get("CONTENT_LENGTH") or 0) > most_bytes + FORM_BYTES:
        return refuse(f"At most {most_bytes // 1_000_000} MB are taken at once.", 413)
    try:
        return receive(request)
    except OSError as error:  # where Django puts what it is sent, or where it is kept
        if error.errno not in store.FULL:
            raise
        _drop_half(request)
        return refuse(NO_ROOM, 507)


def _drop_half(request: HttpRequest) -> None:
    """What has come in so far takes up the room that others need, and would until the request is forgotten."""
    for handler in request.upload_handlers:
        with suppress(OSError):
            handler.upload_interrupted()
