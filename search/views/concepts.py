"""Concepts to look through: all of them, one of them, and how well they were learned."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from search import spaces, tasks
from search.concepts import claims, curating, reading
from search.concepts.steering import STEP, with_weight
from search.curators import is_curator
from search.forms import ConceptsForm
from search.models import Concept, ConceptModel, ConceptPortrait, ConceptQuerySet, EmbeddingSpace, Meme
from search.query import LikeTerm, Query, to_text
from search.views.access import for_members, for_readers

PAGE = 48
FACES, STRONGEST, FARTHEST, NEAR = 4, 24, 12, 8
REPORTS = 20


@require_safe
@for_readers
def concepts(request: HttpRequest) -> HttpResponse:
    asked = ConceptsForm(request.GET).asked()
    model = reading.active()
    page: list[Concept] = []
    if model is not None:
        page = list(_page(request, model, asked)[: PAGE + 1])
    shown = {
        "model": model,
        "typed": asked["q"],
        "order": asked["order"],
        "cards": with_faces(request.user, page[:PAGE]),
        "next": page[PAGE - 1].pk if len(page) > PAGE else None,
        "is_first": asked["after"] is None,
        "hidden": asked["hidden"],
        "is_curator": is_curator(request.user),
        "learning": _learning(),
        "fewest": claims.FEWEST,
    }
    return render(request, "search/concepts.html", shown)


def _page(request: HttpRequest, model: ConceptModel, asked: dict[str, Any]) -> ConceptQuerySet:
    """From behind the concept `after` on."""
    found = reading.search(model, asked["q"])
    if asked["hidden"] and is_curator(request.user):
        found = reading.of(model).filter(Q(is_hidden=True) | ~Q(merged_into=None)).order_by("-frequency", "pk")
    last = Concept.objects.filter(model=model, pk=asked["after"] or 0).first()
    if asked["order"] == "name":
        found = found.order_by("label")
        return found if last is None else found.filter(label__gt=last.label)
    return reading.behind(found, last)


def with_faces(user: User | AnonymousUser, concepts: list[Concept]) -> list[tuple[Concept, list[Meme]]]:
    return reading.with_memes(Meme.objects.listed_for(user), concepts, FACES)


@require_safe
@for_readers
def concept(request: HttpRequest, pk: int) -> HttpResponse:
    found, may_curate = concept_for(request, pk), is_curator(request.user)
    portrait = ConceptPortrait.objects.filter(concept=found).first() or ConceptPortrait(
        strongest=[], farthest=[], histogram=[], highest=0.0, near=[]
    )
    visible = Meme.objects.listed_for(request.user)
    others = reading.of(found.model).listed().filter(latent__in=[*portrait.near, portrait.opposite])
    by_latent = {other.latent: other for other in others if other.pk != found.pk}
    near = [by_latent[latent] for latent in portrait.near if latent in by_latent][:NEAR]
    opposite = by_latent.get(portrait.opposite) if portrait.opposite is not None else None
    shown = {
        "concept": found,
        "portrait": portrait,
        "term": reading.term(found.label),
        "strongest": reading.memes_of(visible, portrait.strongest, STRONGEST),
        "farthest": reading.memes_of(visible, portrait.farthest, FARTHEST),
        "near": with_faces(request.user, near),
        "opposite": with_faces(request.user, [opposite]) if opposite else [],
        "merged": list(reading.of(found.model).filter(merged_into=found, is_hidden__in=[False, may_curate])),
        "is_curator": may_curate,
    }
    return render(request, "search/concept.html", shown)


def concept_for(request: HttpRequest, pk: int) -> Concept:
    """Of those in use; for curators alone one that is hidden, or counts as a hidden one."""
    in_use = Concept.objects.filter(
        model__state=ConceptModel.State.ACTIVE, model__space__state=EmbeddingSpace.State.ACTIVE
    )
    found = get_object_or_404(in_use.select_related("model", "merged_into"), pk=pk)
    is_hidden = found.is_hidden or (found.merged_into is not None and found.merged_into.is_hidden)
    if is_hidden and not is_curator(request.user):
        raise Http404
    return found


@require_POST
@for_members
def curate(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    if not is_curator(request.user):
        raise Http404
    found = concept_for(request, pk)
    try:
        match action:
            case "rename":
                messages.success(request, f"It is called “{curating.rename(found, request.POST.get('name', ''))}”.")
            case "hide" | "show":
                curating.hide(found, is_hidden=action == "hide")
                messages.success(request, "Hidden." if action == "hide" else "Shown again.")
            case "merge":
                target = reading.called(found.model, request.POST.get("target", ""))
                if target is None:
                    raise curating.CannotMerge("There is no concept of that name.")
                messages.success(request, f"It counts as “{curating.merge(found, target).merged_into}” now.")
            case "part":
                curating.part(found)
                messages.success(request, "It stands for itself again.")
            case _:
                raise Http404
    except (curating.BadName, curating.CannotMerge) as error:
        messages.error(request, str(error))
    return redirect("concept", pk)


# --- how well they were learned ------------------------------------------------------------------------------------


@require_safe
@for_readers
def report(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    space = spaces.active()
    runs = ConceptModel.objects.filter(space=space).defer("components").order_by("-pk")
    done = runs.exclude(state=ConceptModel.State.LEARNING)
    found = done.exclude(facts={}).first() if pk is None else get_object_or_404(done, pk=pk)
    shown = {
        "model": found,
        "runs": done[:REPORTS],
        "learning": _learning(),
        "is_curator": is_curator(request.user),
        "fewest": claims.FEWEST,
    }
    return render(request, "search/concepts_report.html", shown)


@require_POST
@for_members
def learn(request: HttpRequest) -> HttpResponse:
    if not is_curator(request.user):
        raise Http404
    space = spaces.active()
    try:
        if space is None:
            raise claims.TooFew("Nothing here has been read yet.")
        claims.ask(space)
        tasks.nudge_concepts()
        messages.success(
            request, "Concepts will be learned as soon as a worker is free. Until then the old ones are used."
        )
    except claims.TooFew as error:
        messages.error(request, str(error))
    return redirect("concepts-report")


def _learning() -> ConceptModel | None:
    return ConceptModel.objects.filter(state=ConceptModel.State.LEARNING).first()


# --- on the page of a meme -----------------------------------------------------------------------------------------


def panel(user: User | AnonymousUser, meme: Meme) -> SafeString:
    """What is seen in it: `settings.SEARCH_MEME_PANELS` names it. Empty while nothing is."""
    model = reading.active()
    seen = reading.seen_in(model, meme) if model is not None else []
    if not seen:
        return SafeString("")
    like = Query((LikeTerm(meme.pk),))
    rows = [(one, *(_text(with_weight(like, one.concept.label, weight)) for weight in (-STEP, STEP))) for one in seen]
    return render_to_string("search/_seen.html", {"rows": rows})


def _text(query: Query | None) -> str:
    return "" if query is None else to_text(query)
