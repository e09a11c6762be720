"""The advanced builder: every part of a query as something to press, with its results beside it."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from search import drafts
from search.drafts import Draft
from search.forms import SearchForm
from search.long_searches import LONGEST_ADDRESS
from search.models import Meme
from search.query import BadQuery, Key
from search.query.fields import CHOSEN, DAYS, MEASURED, NAMED
from search.query.keys import find
from search.query.rows import EXACT, Row, kinds, to_term
from search.views import results
from search.views.access import for_readers
from search.views.asked import Asked, asked_for, read_asked

MEME_NUMBER = re.compile(r"[0-9]{1,18}")
LABELS = {
    "about": "Words", EXACT: "Exact words", "like": "Meme", "picture": "Picture", "average": "Collection",
    "vector": "Embedding", "in": "In collection", "by": "By", "nsfw": "Not safe for work",
}  # fmt: skip
HINTS = {
    "about": "cats in space", EXACT: "this is fine", "like": "1234", "picture": "token of a picture",
    "average": "my best", "vector": "AAA8AAA0", "community": "lost_in_space", "source": "folder",
    "by": "tealeaf, bob", "tag": "reaction, cats", "in": "my best", "width": "1000", "height": "800", "size": "2MB",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A filter as the form shows it."""

    key: Key
    label: str
    hint: str
    values: list[str]
    problem: str
    is_negated: bool = False

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


@require_safe
@vary_on_headers("HX-Request")
@for_readers
def builder(request: HttpRequest) -> HttpResponse:
    draft, asked = read_draft(request)
    order = request.GET.get("do", "")
    if order:
        return redirect(f"{reverse('builder')}?{_address(request, drafts.changed(draft, order))}")
    offset = SearchForm(request.GET).beginning()
    is_partial = "HX-Request" in request.headers
    answer = {} if draft.faults else results.found(request, asked, offset)
    if is_partial and offset:
        return render(request, "search/_next.html", answer)
    shown = {"asked": asked, **answer, **everything(request, draft), "is_partial": is_partial}
    is_bad = bool(draft.faults or answer.get("trouble"))
    template = "search/_preview.html" if is_partial else "search/builder.html"
    # With faults, the memes of the last query that had none stay.
    headers = {"HX-Reswap": "none"} if draft.faults else {}
    return HttpResponse(render_to_string(template, shown, request), status=400 if is_bad else 200, headers=headers)


def read_draft(request: HttpRequest) -> tuple[Draft, Asked]:
    """From the form, or from the address of any search, beside which there may be fields of the form."""
    if drafts.is_form(request.GET):
        draft = drafts.from_form(request.user, request.GET)
        return draft, _asked(request, draft)
    asked = read_asked(request.GET, may_keep=request.user.is_authenticated)
    try:
        query = asked.query()
        draft = drafts.from_address(request.user, query, request.GET)
        return draft, asked if draft.query == query else _asked(request, draft)
    except BadQuery as error:
        blank = drafts.from_form(request.user, request.GET)
        return Draft(blank.rows or [Row()], blank.slides, {}, [drafts.Fault("", str(error))]), asked


def _asked(request: HttpRequest, draft: Draft) -> Asked:
    return asked_for(draft.query, may_keep=request.user.is_authenticated)


def _address(request: HttpRequest, draft: Draft) -> str:
    """The form as it would be sent; where that is too long, what it asks for."""
    form = urlencode(draft.pairs())
    if len(form) <= LONGEST_ADDRESS:
        return form
    return _asked(request, drafts.sent_again(request.user, draft)).address or form


def everything(request: HttpRequest, draft: Draft) -> dict[str, Any]:
    """What the form shows of a draft."""
    problems = {fault.place: fault.message for fault in draft.faults}
    faces = _faces(request, draft.rows)
    return {
        "draft": draft,
        "blank": Row(),
        "problems": problems,
        "rows": [
            {"row": row, "face": faces.get(place, ""), "problem": _of_row(problems, place)}
            for place, row in enumerate(draft.rows)
        ],
        "kinds": [(name, LABELS.get(name, name.capitalize()), HINTS.get(name, "")) for name in kinds()],
        "chosen": [_field(draft, name, problems) for name in CHOSEN],
        "named": [_field(draft, name, problems) for name in NAMED],
        "days": [_field(draft, name, problems) for name in DAYS],
        "measured": [
            (_field(draft, f"{name}_from", problems), _field(draft, f"{name}_to", problems)) for name in MEASURED
        ],
        "nsfw": _field(draft, "nsfw", problems),
        "sort": _field(draft, "sort", problems),
        "also": draft.fields.get("also", [""])[0],
        "also_problem": problems.get("also", ""),
        "is_filtered": bool(set(draft.fields) - {"sort"}),
    }


def _field(draft: Draft, name: str, problems: dict[str, str]) -> Field:
    key = find(name.removesuffix("_from").removesuffix("_to"))
    assert key is not None
    return Field(
        key, LABELS.get(key.name, key.name.capitalize()), HINTS.get(key.name, ""), draft.fields.get(name, []),
        problems.get(name, ""), key.name in draft.fields.get("not", []),
    )  # fmt: skip


def _of_row(problems: dict[str, str], place: int) -> str:
    return next(
        (problems[f"{part}-{place}"] for part in ("kind", "value", "weight") if f"{part}-{place}" in problems), ""
    )


def _faces(request: HttpRequest, rows: list[Row]) -> dict[int, str]:
    """Pictures of the rows that stand for one."""
    wanted = {
        place: int(row.value)
        for place, row in enumerate(rows)
        if row.kind == "like" and MEME_NUMBER.fullmatch(row.value)
    }
    seen = Meme.objects.visible_to(request.user).exclude(derived_at=None).in_bulk(list(wanted.values()))
    faces = {
        place: reverse("media", args=[pk, seen[pk].sha256[:8], "thumbnail"])
        for place, pk in wanted.items()
        if pk in seen
    }
    for place, row in enumerate(rows):
        if row.kind == "picture" and "://" not in row.value and not _of_term(row):
            faces[place] = reverse("picture-preview", args=[row.value.strip()])
    return faces


def _of_term(row: Row) -> str:
    """What is wrong with a row, if anything."""
    try:
        to_term(row)
    except BadQuery as error:
        return str(error)
    return ""
