"""What each request on the socket means, and which errors the asking side is told about."""

import logging
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from search.sidecar import wire
from search.sidecar.allowed import Allowed
from search.sidecar.allowed import unpack as unpack_allowed
from search.sidecar.service import NotServing, Service
from search.sidecar.terms import BadTerm, Health, UnknownMeme

log = logging.getLogger(__name__)


class Dispatcher:
    """Turns a request into an answer; never raises, because a thread of the server has nobody to raise to."""

    def __init__(self, service: Service, health: Callable[[], Health]) -> None:
        self._service = service
        self._health = health
        self._operations = {"search": self._search, "encode": self._encode, "health": self._report_health}

    def answer(self, request: wire.Message) -> wire.Message:
        try:
            if request.get("v") != wire.PROTOCOL:
                return _refusal("protocol", f"it speaks protocol {wire.PROTOCOL}: restart whichever is older")
            operation = self._operations.get(str(request.get("op")))
            return operation(request) if operation else _refusal("unknown_op", "there is no such operation")
        except UnknownMeme as error:
            return {**_refusal("unknown_meme", error.message), "position": error.position}
        except BadTerm as error:
            return {**_refusal("bad_term", error.message), "position": error.position}
        except wire.BrokenFrame as error:
            return _refusal("broken_frame", str(error))
        except NotServing:
            return _refusal("not_ready", "its index is not loaded yet")
        except Exception as error:
            log.exception("a request failed")
            return _refusal("fault", f"it failed: {error}")

    def _search(self, request: wire.Message) -> wire.Message:
        found = self._service.search(
            wire.unpack_terms(request.get("terms")),
            _integer(request.get("k")),
            allowed=_allowed(request.get("allowed")),
            exclude=wire.unpack_ids(request.get("exclude", b"")).tolist(),
            with_background=request.get("background") is True,
        )
        return {
            "ids": wire.pack_array(found.ids, "<i8"),
            "scores": wire.pack_array(found.scores, "<f4"),
            "space_id": found.space_id,
            "took_ms": found.took_ms,
            "background": None if found.background is None else asdict(found.background),
        }

    def _encode(self, request: wire.Message) -> wire.Message:
        encoded = self._service.encode(wire.unpack_terms(request.get("terms")))
        return {"vector": wire.pack_array(encoded.vector, "<f4"), "space_id": encoded.space_id}

    def _report_health(self, request: wire.Message) -> wire.Message:
        return asdict(self._health())


def _allowed(packed: object) -> Allowed | None:
    allowed = None if packed is None else unpack_allowed(packed)
    if packed is not None and allowed is None:
        raise wire.BrokenFrame("allowed must be ids or the bits of a range of them")
    return allowed


def _refusal(kind: str, message: str) -> wire.Message:
    return {"error": kind, "message": message}


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wire.BrokenFrame("k must be a whole number")
    return value
