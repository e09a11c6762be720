"""The blind sheet: begin one, tick it, see what came out."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from rating import sheets
from rating.forms import SheetForm
from rating.held_out import NotMeasurable
from rating.models import BlindSheet
from rating.templatetags.tastes import slug
from rating.views.evaluation import taste_of
from rating.views.rate import rater_of
from rating.views.tastes import axis_called
from search.views.access import for_members


@require_safe
@never_cache
@for_members
def sheet(request: HttpRequest, axis: str) -> HttpResponse:
    return _page(request, axis, SheetForm(initial={"per_part": sheets.PER_PART}))


@require_POST
@for_members
def begin(request: HttpRequest, axis: str) -> HttpResponse:
    rater, form = rater_of(request), SheetForm(request.POST)
    taste = taste_of(rater, axis_called(axis))
    if not form.is_valid():
        return _page(request, axis, form, status=400)
    try:
        sheets.begin(rater, taste, form.cleaned_data["per_part"])
    except NotMeasurable as error:
        return _page(request, axis, form, status=409, problem=str(error))
    return redirect("taste-sheet", slug(taste.axis))


def _page(request: HttpRequest, axis: str, form: SheetForm, *, status: int = 200, problem: str = "") -> HttpResponse:
    rater = rater_of(request)
    taste = taste_of(rater, axis_called(axis))
    shown: dict[str, Any] = {"axis": taste.axis, "form": form, "problem": problem}
    shown["sheet"] = found = sheets.unfinished(rater, taste.axis)
    shown["marks"] = sheets.shown(found) if found else []
    shown["done"] = sheets.done(rater, taste.axis)[: sheets.LATEST]
    return render(request, "rating/sheet.html", shown, status=status)


@require_POST
@for_members
def finish(request: HttpRequest, axis: str, pk: int) -> HttpResponse:
    found, ticked = _own(request, axis, pk), request.POST.getlist("good")
    # Numbers of memes; none at all is an answer too, and what is not on the sheet says nothing.
    good = [int(meme) for meme in ticked if meme.isascii() and meme.isdecimal() and len(meme) < 19]
    if not sheets.finish(found, good):
        messages.info(request, "This sheet was done before: what was ticked then stays.")
    return redirect("taste-sheet-result", slug(found.axis), found.pk)


@require_POST
@for_members
def discard(request: HttpRequest, axis: str, pk: int) -> HttpResponse:
    found = _own(request, axis, pk)
    sheets.discard(found)
    return redirect("taste-sheet", slug(found.axis))


@require_safe
@never_cache
@for_members
def result(request: HttpRequest, axis: str, pk: int) -> HttpResponse:
    rater, found = rater_of(request), _own(request, axis, pk)
    if found.done_at is None:
        raise Http404
    taste = taste_of(rater, found.axis)
    return render(
        request, "rating/sheet_result.html", {"axis": found.axis, "result": sheets.result(rater, taste, found)}
    )


def _own(request: HttpRequest, axis: str, pk: int) -> BlindSheet:
    mine = BlindSheet.objects.select_related("axis", "owner").filter(owner=rater_of(request), axis=axis_called(axis))
    return get_object_or_404(mine, pk=pk)
