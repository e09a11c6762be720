"""Taking memes out and bringing them back: from a meme's own page, or from the page that lists what is out."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from search import merging, nsfw, purging, states, tasks
from search.curators import is_curator
from search.models import Meme
from search.states import Action
from search.views.access import for_members, meme_for
from search.views.searches import person

PAGE_SIZE = 60
SAID = {
    Action.HIDE: "Hidden from everybody.",
    Action.SHOW: "Shown again.",
    Action.TRASH: "Moved to the trash.",
    Action.RESTORE: "Brought back.",
    Action.PURGE: "Removed for good.",
}
UNDOES = {
    Action.HIDE: Action.SHOW,
    Action.SHOW: Action.HIDE,
    Action.TRASH: Action.RESTORE,
    Action.RESTORE: Action.TRASH,
}
UNDO = "undo_state"  # in the session: what the next page offers to undo


@require_safe
@for_members
def trash(request: HttpRequest) -> HttpResponse:
    out = Meme.objects.in_charge(request.user).filter(states.taken_out()).select_related("moved_by", "merged_into")
    page = Paginator(out.order_by("-moved_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "entries": [(meme, going_on(meme)) for meme in page],
        "days": settings.TRASH_DAYS,
        "is_curator": is_curator(request.user),
        "undo": offered(request),
    }
    return render(request, "search/trash.html", shown)


@require_POST
@for_members
def move(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """To those who may not, neither the meme nor the action is there."""
    user = person(request)
    meme = get_object_or_404(Meme.objects.in_charge(user), pk=pk)
    if action not in SAID or Action(action) not in states.open_to(user, meme):
        raise Http404
    wanted = Action(action)
    if wanted is Action.PURGE:
        purging.purge(Meme.objects.filter(pk=pk), user)
        messages.success(request, SAID[wanted])
    else:
        _move(request, meme, wanted, user)
    return redirect(back(request, reverse("trash") if wanted is Action.PURGE else meme.get_absolute_url()))


def _move(request: HttpRequest, meme: Meme, wanted: Action, user: User) -> None:
    try:
        moved = merging.restore(meme, user) if wanted is Action.RESTORE else states.move_one(meme, wanted, user)
    except merging.NotUndone as error:
        messages.error(request, str(error))
        return
    tasks.nudge()
    if moved:
        offer(request, meme, SAID[wanted], "meme-move", UNDOES[wanted])


@require_POST
@for_members
def say_nsfw(request: HttpRequest, pk: int, answer: str) -> HttpResponse:
    meme = meme_for(request, pk)
    if answer not in ("yes", "no") or not nsfw.may_say(person(request), meme):
        raise Http404
    nsfw.say(meme, answer == "yes")
    said = "Marked as not safe for work." if answer == "yes" else "Marked as safe for work."
    offer(request, meme, said, "meme-nsfw", "no" if answer == "yes" else "yes")
    return redirect(back(request, meme.get_absolute_url()))


def offer(request: HttpRequest, meme: Meme, said: str, name: str, opposite: str) -> None:
    """The next page says what was done, with a button that undoes it."""
    request.session[UNDO] = {"said": said, "action": reverse(name, args=[meme.pk, opposite])}


def offered(request: HttpRequest) -> dict[str, Any] | None:
    return request.session.pop(UNDO, None) if request.user.is_authenticated else None


def going_on(meme: Meme) -> Any:
    """When it will be removed for good; None for what is only hidden."""
    if meme.state != Meme.State.TRASHED or meme.moved_at is None:
        return None
    return meme.moved_at + timedelta(days=settings.TRASH_DAYS)


def back(request: HttpRequest, otherwise: str) -> str:
    """To the page of this site that the form names."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if wanted and is_ours else otherwise
