"""Pictures that people search with by naming an address: got once, and from then on like any that was handed over."""

import hashlib
import io
import time

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.utils.module_loading import import_string

from search import pictures
from search.media import BadMedia

KNOWN_S = 3_600  # so long an address stands for what was there, and is not asked again
REFUSED_S = 20  # and so long for the reason why nothing was got
NO_PICTURE_S = 600  # and so long for what was got and is no picture
FETCHES_A_MINUTE = 20  # of one person; a query may name 32 addresses
CANNOT = "The picture at this address cannot be had here: hand over the picture itself."


class NotFetched(FileNotFoundError):
    """Nothing was got from an address; the message is a sentence for whoever named it."""


def keep(address: str, user: User | AnonymousUser) -> str:
    """The token of the picture at an http(s) address, got by whoever `settings.SEARCH_PICTURE_FETCHER` names.

    For an hour the same address is not asked again, whoever names it. Raises NotFetched, BadMedia, OSError.
    """
    if not settings.SEARCH_PICTURE_FETCHER:
        raise NotFetched(CANNOT)
    if not user.is_authenticated:
        raise NotFetched("Sign in to search with a picture at an address, or hand over the picture itself.")
    key = f"picture-at:{hashlib.sha256(address.encode('utf-8', 'surrogatepass')).hexdigest()}"
    known: dict[str, str] = cache.get(key) or {}
    if "token" in known and pictures.is_kept(known["token"]):
        return known["token"]
    if "code" in known:
        raise BadMedia(known["code"], known["reason"])
    if "reason" in known:
        raise NotFetched(known["reason"])
    _count(user)
    try:
        token = pictures.keep(io.BytesIO(import_string(settings.SEARCH_PICTURE_FETCHER)(address)))
    except BadMedia as error:
        cache.set(key, {"code": error.code, "reason": error.reason}, NO_PICTURE_S)
        raise
    except FileNotFoundError as error:
        reason = str(error) if isinstance(error, NotFetched) else CANNOT
        cache.set(key, {"reason": reason}, REFUSED_S)
        raise NotFetched(reason) from error
    cache.set(key, {"token": token}, KNOWN_S)
    return token


def get(address: str, user: User) -> bytes:
    """The file at an http(s) address to be added, or of a page there the picture that it is about. Raises NotFetched."""
    if not settings.SEARCH_PICTURE_FETCHER:
        raise NotFetched(CANNOT)
    _count(user)
    try:
        return bytes(import_string(settings.SEARCH_PICTURE_FETCHER)(address, may_be_page=True))
    except FileNotFoundError as error:
        raise NotFetched(str(error) if isinstance(error, NotFetched) else CANNOT) from error


def _count(user: User) -> None:
    """Nobody makes the site ask others without end. While Redis is away, nothing is counted."""
    key = f"picture-fetches:{user.pk}:{int(time.time() // 60)}"
    cache.add(key, 0, 120)
    try:
        count = cache.incr(key) or 0
    except ValueError:  # there is nothing to count with
        count = 0
    if count > FETCHES_A_MINUTE:
        raise NotFetched(f"The site gets {FETCHES_A_MINUTE} pictures a minute for one person: wait a moment.")
