"""Search, and the newest memes when nothing is asked: a whole page, or the next tiles of one."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search import history, query, retrieval, spaces
from search.forms import SearchForm
from search.models import Meme
from search.sidecar.terms import BadTerm
from search.views.access import for_readers, is_prefetch
from search.views.asked import Asked, read_asked


@dataclass(frozen=True)
class Trouble:
    """Why a query has no answer, and the part of it that is to blame, if one is."""

    message: str
    before: str = ""
    blamed: str = ""
    after: str = ""


# Cosines of the lite encoder: over 150 drawn memes, words that occur reached 0.24 to 0.74, words that do not 0.10 to
# 0.14. Other encoders have scales of their own, and always something near.
WEAK_BELOW = {"lite": 0.16}


@require_safe
@vary_on_headers("HX-Request")
@for_readers
def home(request: HttpRequest) -> HttpResponse:
    asked, offset = read_asked(request.GET), SearchForm(request.GET).beginning()
    shown = found(request, asked, offset)
    if "HX-Request" not in request.headers and not is_prefetch(request):
        remember(request, asked, shown)
    return render(request, _template(request, offset), shown, status=400 if shown["trouble"] else 200)


def remember(request: HttpRequest, asked: Asked, shown: dict[str, Any]) -> None:
    """A search that was answered, from its beginning: not what comes while somebody types or scrolls."""
    if isinstance(request.user, User) and not shown["trouble"] and not shown["offset"] and not asked.is_blank:
        history.remember(request.user, asked.whole)


def found(request: HttpRequest, asked: Asked, offset: int) -> dict[str, Any]:
    """What the templates of results show of the answer to `asked`."""
    results, trouble = find(request, asked, offset)
    text = asked.text
    return {
        "asked": asked,
        "q": text,
        "offset": offset,
        "results": results,
        "trouble": trouble,
        "depth": retrieval.MAX_DEPTH,
        "is_cut": results is not None and offset + len(results.hits) >= retrieval.MAX_DEPTH,
        "is_weak": results is not None and is_weak(results, text),
        "is_empty": results is not None and not results.hits and asked.is_blank and not offset,
        "newest": newest(request),
        "unquoted": text.replace('"', " ").strip(),
    }


def find(request: HttpRequest, asked: Asked, offset: int) -> tuple[retrieval.Results | None, Trouble | None]:
    wanted, text = query.Query(), asked.text
    try:
        wanted = asked.query()
        return retrieval.search(request.user, wanted, offset=offset), None
    except query.BadQuery as error:
        if error.parameter != "q":
            return None, Trouble(str(error))
        at = error.position
        return None, Trouble(str(error), text[max(0, at - 40) : at], text[at : at + 1], text[at + 1 : at + 40])
    except BadTerm as error:
        return None, Trouble(error.message, blamed=_term(wanted, error.position))
    except retrieval.NothingToCompare as error:
        return None, Trouble(str(error))


def is_weak(results: retrieval.Results, text: str) -> bool:
    """Whether the best hit is no better than what nonsense finds."""
    space = spaces.active() if results.backend in ("sidecar", "postgres") and results.hits else None
    if space is None or "-" in text or "like:" in text:  # pointing away from something, little is near
        return False
    return (results.hits[0].score or 0.0) < WEAK_BELOW.get(space.name, -1.0)


def newest(request: HttpRequest) -> int:
    """The id that newer memes will exceed."""
    return Meme.objects.visible_to(request.user).order_by("-pk").values_list("pk", flat=True).first() or 0


def _term(wanted: query.Query, position: int | None) -> str:
    if position is None or position >= len(wanted.terms):
        return ""
    term = wanted.terms[position]
    return term.text if isinstance(term, query.TextTerm) else query.write_term(term)


def _template(request: HttpRequest, offset: int) -> str:
    if "HX-Request" not in request.headers:
        return "search/home.html"
    return "search/_next.html" if offset else "search/_results.html"
