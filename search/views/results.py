"""Search, and the newest memes when nothing is asked: a whole page, or the next tiles of one."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search import conditions, history, query, retrieval
from search.forms import SearchForm
from search.hits import Detail
from search.sidecar.terms import BadTerm
from search.templatetags.tiles import COLUMNS
from search.views.access import for_readers, is_prefetch
from search.views.asked import Asked, read_asked


@dataclass(frozen=True)
class Trouble:
    """Why a query has no answer, and the part of it that is to blame, if one is."""

    message: str
    before: str = ""
    blamed: str = ""
    after: str = ""


# A whole row of each meme takes twice as long.
ON_TILES = Detail(columns=COLUMNS, has_frames=True)
ORDERS = {
    "new": "Newest first", "old": "Oldest first", "random": "In random order", "size": "Largest first",
    "score": "Highest score first",
}  # fmt: skip


@require_safe
@vary_on_headers("HX-Request")
@for_readers
def home(request: HttpRequest) -> HttpResponse:
    asked = read_asked(request.GET, may_keep=request.user.is_authenticated)
    offset = SearchForm(request.GET).beginning()
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
    key, alike = SearchForm(request.GET).within()
    results, trouble = find(request, asked, offset=offset, key=key, alike=alike, detail=ON_TILES)
    return {
        "asked": asked,
        "q": asked.text,
        "offset": offset,
        "results": results,
        "trouble": trouble,
        "alike": alike,
        "heading": heading(asked, results) if results is not None else "",
        "depth": retrieval.MAX_DEPTH,
        "is_weak": results is not None and results.weaker_from == 0 and bool(results.hits),
        "is_empty": results is not None and not results.hits and asked.is_blank and not offset,
        "newest": newest(request),
        "unquoted": unquoted(asked) if results is not None and not results.hits else "",
    }


def find(request: HttpRequest, asked: Asked, **part: Any) -> tuple[retrieval.Results | None, Trouble | None]:
    """`part` is what `retrieval.search` takes beside the query."""
    wanted, text = query.Query(), asked.text
    try:
        wanted = asked.query()
        return retrieval.search(request.user, wanted, **part), None
    except query.BadQuery as error:
        if error.parameter != "q":
            return None, Trouble(str(error))
        at = error.position
        return None, Trouble(str(error), text[max(0, at - 40) : at], text[at : at + 1], text[at + 1 : at + 40])
    except BadTerm as error:
        return None, Trouble(error.message, blamed=_term(wanted, error.position))
    except retrieval.NothingToCompare as error:
        return None, Trouble(str(error))


def heading(asked: Asked, results: retrieval.Results) -> str:
    """The order that the results stand in."""
    sort = asked.query().sort
    if sort is not None:
        return ORDERS.get(sort.by) or f"By {sort.by} {sort.name}".strip()
    return "Newest first" if results.backend == "newest" else "Best first"


def unquoted(asked: Asked) -> str:
    """The same query with the words that had to occur as words that may; empty when there are none."""
    wanted = asked.query()
    if not wanted.phrases:
        return ""
    terms = tuple(
        query.TextTerm(term.text, term.weight or 1.0)
        if isinstance(term, query.ExactTerm) and term.weight >= 0
        else term
        for term in wanted.terms
    )
    return query.to_text(replace(wanted, terms=terms))


def newest(request: HttpRequest) -> int:
    """The id that newer memes will exceed."""
    allowed = conditions.of(conditions.listed_for(request.user))
    if allowed is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM search_meme WHERE {allowed.text} ORDER BY id DESC LIMIT 1", allowed.params)
        row = cursor.fetchone()
    return 0 if row is None else int(row[0])


def _term(wanted: query.Query, position: int | None) -> str:
    if position is None or position >= len(wanted.terms):
        return ""
    term = wanted.terms[position]
    return term.text if isinstance(term, query.TextTerm) else query.write_term(term)


def _template(request: HttpRequest, offset: int) -> str:
    if "HX-Request" not in request.headers:
        return "search/home.html"
    return "search/_next.html" if offset else "search/_results.html"
