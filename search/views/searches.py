"""Searches somebody comes back to: saved ones, the latest ones, a random order, a surprise."""

import random
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from search import history, saved, surprises
from search.models import SavedSearch
from search.query import BadQuery, Query, Sort
from search.views import results
from search.views.access import for_members, for_readers, is_partial
from search.views.asked import Asked, asked_for, read_asked, read_whole

MOST_SEEDS = 10**6


def person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # for_members let nobody else through
    return request.user


@require_safe
@for_members
def searches(request: HttpRequest) -> HttpResponse:
    shown: dict[str, Any] = {
        "saved": [(search, read_whole(search.query)) for search in saved.of(person(request))],
        "past": [(search, read_whole(search.query)) for search in history.recent(person(request))],
        "deleted": request.session.pop("deleted_search", None),
    }
    return render(request, "search/searches.html", shown)


@require_POST
@for_members
def ask(request: HttpRequest) -> HttpResponse:
    """A search that may be too long for an address: it goes on under one that is not."""
    asked = read_asked(request.POST)
    try:
        asked.query()
    except BadQuery:
        shown = results.found(request, asked, 0)
        return render(request, "search/_results.html" if is_partial(request) else "search/home.html", shown, status=400)
    asked.renew()
    return redirect(_home(asked))


@require_POST
@for_members
def save(request: HttpRequest) -> HttpResponse:
    text = request.POST.get("query") or read_asked(request.POST).whole
    try:
        search, is_new = saved.keep(person(request), text, request.POST.get("name", ""))
        messages.info(request, f"Saved as “{search.name}”." if is_new else f"Saved before, as “{search.name}”.")
    except (BadQuery, saved.NameTaken) as error:
        messages.error(request, str(error))
    return redirect(_back(request))


@require_POST
@for_members
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    search = _own(request, pk)
    try:
        saved.rename(search, request.POST.get("name", ""))
    except saved.NameTaken as error:
        messages.error(request, str(error))
    return redirect("searches")


@require_POST
@for_members
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    search = _own(request, pk)
    request.session["deleted_search"] = {"name": search.name, "query": search.query}
    search.delete()
    return redirect("searches")


@require_POST
@for_members
def forget(request: HttpRequest) -> HttpResponse:
    """One past search, or all."""
    pk = request.POST.get("pk", "")
    if pk:
        get_object_or_404(history.recent(person(request)), pk=int(pk) if pk.isdecimal() and len(pk) < 19 else 0)
    history.forget(person(request), int(pk) if pk else None)
    return redirect(f"{reverse('searches')}#history")


@require_safe
@never_cache
@for_readers
def shuffle(request: HttpRequest) -> HttpResponseBase:
    """The same search in another random order, which stays as it is under its address."""
    may_keep = request.user.is_authenticated
    asked = read_asked(request.GET, may_keep=may_keep)
    try:
        query = asked.query()
    except BadQuery:
        return redirect(_home(asked))
    seed = random.randrange(MOST_SEEDS)
    return redirect(_home(asked_for(Query(query.terms, query.filters, Sort("random", seed)), may_keep=may_keep)))


@require_safe
@never_cache
@for_readers
def surprise(request: HttpRequest) -> HttpResponseBase:
    seen = request.session.get("surprises", []) if request.user.is_authenticated else []
    meme = surprises.pick(request.user, seen)
    if meme is None:
        messages.info(request, "There is nothing here yet that could surprise you.")
        return redirect("home")
    if request.user.is_authenticated:
        request.session["surprises"] = [*seen, meme.pk][-surprises.REMEMBERED :]
    return redirect(f"{reverse('home')}?{urlencode({'q': f'like:{meme.pk}'}, safe=':')}")


def _own(request: HttpRequest, pk: int) -> SavedSearch:
    return get_object_or_404(saved.of(person(request)), pk=pk)


def _home(asked: Asked) -> str:
    return f"{reverse('home')}?{asked.address}" if asked.address else reverse("home")


def _back(request: HttpRequest) -> str:
    """To where somebody came from, on this site."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if wanted and is_ours else reverse("searches")
