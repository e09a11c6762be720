"""What is going on in the library: how far it has been read, and how far single memes are."""

from dataclasses import asdict

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from search import indexing
from search.forms import IdsForm, NewestForm, first_error
from search.models import Meme
from search.readiness import Readiness, readiness
from search.views.access import for_readers

# Every open page asks every two seconds while the library is being read; the rows are counted once for all of them.
COUNTED_FOR_S = 1


@require_safe
@for_readers
def progress(request: HttpRequest) -> HttpResponse:
    form = NewestForm(request.GET)
    newest = form.cleaned_data["newest"] if form.is_valid() else None
    found = counted()
    done = found.media + found.text + found.embedded
    facts = {
        "progress": found,
        "percent": 100 * done // (3 * found.memes) if found.memes else 100,
        "new": 0 if newest is None else newer_than(request, newest),
    }
    return render(request, "search/_progress.html", facts)


@require_safe
@for_readers
def states(request: HttpRequest) -> JsonResponse:
    form = IdsForm(request.GET)
    if not form.is_valid():
        return JsonResponse({"detail": first_error(form)}, status=400)
    memes = list(Meme.objects.visible_to(request.user).filter(pk__in=form.cleaned_data["ids"]).defer("text_boxes"))
    found = readiness(memes)
    return JsonResponse({"states": [shown(meme, found[meme.pk]) for meme in memes]})


def counted() -> indexing.Progress:
    kept = cache.get("progress")
    if kept is None:
        # One count for everybody, so it is of what everybody may see.
        kept = asdict(indexing.progress(Meme.objects.filter(private_to=None)))
        cache.set("progress", kept, COUNTED_FOR_S)
    return indexing.Progress(**kept)


def newer_than(request: HttpRequest, newest: int) -> int:
    return Meme.objects.listed_for(request.user).filter(pk__gt=newest).count()


def shown(meme: Meme, state: Readiness) -> dict[str, object]:
    thumbnail = reverse("media", args=[meme.pk, meme.sha256[:8], "thumbnail"]) if meme.derived_at else None
    return {
        "id": meme.pk,
        "state": state.state,
        "label": state.label,
        "reason": state.reason,
        "is_final": state.is_final,
        "thumbnail": thumbnail,
        "color": meme.color,
    }
