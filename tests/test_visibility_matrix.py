"""Every address of the site, asked for by everybody, while alice keeps one meme to herself."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from search import history, indexing, library, saved, spaces
from search.models import Collection, DuplicatePair, Meme, PastSearch, SavedSearch
from tests.drawing import drawing, encoded
from tests.ingestion.visibility import SOURCES
from tests.rating.visibility import CURATION, numbers, queues
from tests.search.visibility_clients import CLIENTS
from tests.search.visibility_jobs import JOBS, SHARING
from tests.visibility import Answer, Row

SECRET = "zebra-in-pyjamas"  # the title of what alice keeps to herself
# Signing in and the administration have tests of their own.
NOT_OURS = ("accounts/", "admin/")

PAGE = Answer(302, 200, 200, 200)
PARTIAL = Answer(401, 200, 200, 200)
MEMBERS_PAGE = Answer(302, 302, 200, 200)
MEMBERS_PARTIAL = Answer(401, 401, 200, 200)
MEMBERS_REDIRECT = Answer(401, 401, 302, 302)
HERS_PAGE = Answer(302, 404, 404, 200)
HERS_PARTIAL = Answer(401, 404, 404, 200)
HERS_MEDIA = Answer(404, 404, 404, 200)
API = Answer(401, 200, 200, 200)
HERS_API = Answer(401, 404, 404, 200)
HERS_TO_COMPARE = Answer(401, 400, 400, 200)
API_UPLOAD = Answer(401, 401, 201, 201)
MEMBERS_API = Answer(401, 401, 200, 200)
HERS_ALONE_API = Answer(401, 401, 404, 200)
HERS_TO_DELETE = Answer(401, 401, 404, 204)
HERS_TO_CHANGE = Answer(302, 302, 404, 302)
HERS_BUT_EMPTY = Answer(401, 401, 404, 400)
NOBODYS = Answer(302, 302, 404, 404)
HERS_TO_LIKE = Answer(302, 400, 400, 200)
OPEN = Answer(200, 200, 200, 200)
NOTHING = Answer(404, 404, 404, 404)
NOT_THERE = Answer(302, 404, 404, 404)
CURATORS_REDIRECT = Answer(302, 302, 404, 404, curator=302)
ELSEWHERE = Answer(302, 302, 302, 302)
ALWAYS_ELSEWHERE = Answer(302, 302, 302, 302)
NOT_EVEN_FOR_MEMBERS = Answer(302, 302, 404, 404)  # not there, or not shared
EMPTY_FORM = Answer(302, 302, 400, 400)
EMPTY_API = Answer(401, 401, 400, 400)
UNKNOWN_API = Answer(401, 401, 404, 404)
HX = {"HX-Request": "true"}

# A new address fails the test below until it says here who may have what.
MATRIX: dict[str, list[Row]] = {
    **SOURCES,
    **CURATION,
    **JOBS,
    **SHARING,
    **CLIENTS,
    "": [
        Row("/", PAGE, shows=True),
        Row("/?q=zebra", PAGE, shows=True),
        Row("/", PARTIAL, shows=True, headers=HX),
        Row("/?q=like:{pk}", HERS_TO_LIKE, shows=True),
    ],
    "m/<int:pk>/": [Row("/m/{pk}/", HERS_PAGE, shows=True), Row("/m/{pk}/", HERS_PARTIAL, shows=True, headers=HX)],
    "m/<int:pk>/move/<str:action>/": [
        Row("/m/{pk}/move/trash/", HERS_TO_CHANGE, method="post"),
        Row("/m/{pk}/move/restore/", HERS_TO_CHANGE, method="post"),
        Row("/m/{pk}/move/lose/", NOBODYS, method="post"),
    ],
    "m/<int:pk>/nsfw/<str:answer>/": [Row("/m/{pk}/nsfw/no/", HERS_TO_CHANGE, method="post")],
    "trash/": [Row("/trash/", MEMBERS_PAGE)],
    "duplicates/": [Row("/duplicates/", MEMBERS_PAGE, shows=True)],
    "duplicates/undo/": [Row("/duplicates/undo/", ALWAYS_ELSEWHERE, method="post")],
    "duplicates/<int:pk>/<str:decision>/": [
        Row("/duplicates/{duplicate_pk}/both/", HERS_TO_CHANGE, method="post"),
        Row("/duplicates/0/both/", NOBODYS, method="post"),
    ],
    "preferences/": [Row("/preferences/", MEMBERS_PAGE), Row("/preferences/", EMPTY_FORM, method="post")],
    "media/<int:pk>/<str:version>/<str:variant>": [
        Row("/media/{pk}/{version}/original", HERS_MEDIA),
        Row("/media/{pk}/{version}/thumbnail", HERS_MEDIA),
        Row("/media/{pk}/{version}/preview", HERS_MEDIA),
        Row("/media/{pk}/00000000/original", NOTHING),
    ],
    "advanced/": [
        Row("/advanced/?q=zebra", PAGE, shows=True),
        Row("/advanced/?kind=like&value={pk}&weight=1", HERS_TO_LIKE, shows=True),
        Row("/advanced/?kind=about&value=zebra&weight=1", PARTIAL, shows=True, headers=HX),
    ],
    "searches/": [Row("/searches/", MEMBERS_PAGE, shows=True)],
    "searches/ask/": [
        Row("/searches/ask/", Answer(302, 302, 302, 302), method="post"),
        Row("/searches/ask/", MEMBERS_REDIRECT, method="post", headers=HX),
    ],
    "searches/save/": [Row("/searches/save/?query=x", Answer(302, 302, 302, 302), method="post")],
    "searches/<int:pk>/rename/": [Row("/searches/{saved_pk}/rename/", HERS_TO_CHANGE, method="post")],
    "searches/<int:pk>/delete/": [Row("/searches/{saved_pk}/delete/", HERS_TO_CHANGE, method="post")],
    "searches/forget/": [Row("/searches/forget/", Answer(302, 302, 302, 302), method="post")],
    "concepts/": [Row("/concepts/", PAGE)],
    "concepts/apart/": [
        Row("/concepts/apart/?q=zebra&ids={pk}", PAGE),
        Row("/concepts/apart/?q=zebra&ids={pk}", PARTIAL, headers=HX),
    ],
    "concepts/learn/": [Row("/concepts/learn/", CURATORS_REDIRECT, method="post")],
    "concepts/report/": [Row("/concepts/report/", PAGE)],
    "concepts/report/<int:pk>/": [Row("/concepts/report/0/", NOT_THERE)],
    "concepts/<int:pk>/": [Row("/concepts/0/", NOT_THERE)],
    "concepts/<int:pk>/<str:action>/": [Row("/concepts/0/hide/", NOBODYS, method="post")],
    "explore/": [Row("/explore/", PAGE)],
    "random/": [Row("/random/?q=zebra", ELSEWHERE)],
    "surprise/": [Row("/surprise/", ELSEWHERE)],
    "picture/": [Row("/picture/", MEMBERS_PAGE), Row("/picture/", Answer(302, 302, 302, 302), is_upload=True)],
    "^picture/(?P<token>[A-Za-z0-9_-]{16,64})\\.webp$": [
        Row("/picture/0123456789abcdef.webp", Answer(302, 404, 404, 404)),
    ],
    "rate/": [
        Row("/rate/", MEMBERS_PAGE, shows=True),
        Row("/rate/?q=like:{pk}", Answer(302, 302, 400, 200), shows=True),
        Row("/rate/", ALWAYS_ELSEWHERE, method="post"),
    ],
    "rate/beliefs/": [
        Row("/rate/beliefs/?axis=useful", MEMBERS_PAGE),
        Row("/rate/beliefs/?axis=useful", MEMBERS_PARTIAL, headers=HX),
    ],
    "rate/undo/": [Row("/rate/undo/", ALWAYS_ELSEWHERE, method="post")],
    "rate/axes/": [Row("/rate/axes/", MEMBERS_PAGE)],
    "rate/axes/<int:pk>/<str:state>/": [Row("/rate/axes/0/active/", Answer(302, 302, 404, 404), method="post")],
    "rate/answers/": [Row("/rate/answers/", MEMBERS_PAGE)],
    "rate/answers/download/": [Row("/rate/answers/download/", MEMBERS_PAGE)],
    "rate/answers/import/": [Row("/rate/answers/import/", EMPTY_FORM, method="post")],
    "rate/answers/forget/": [Row("/rate/answers/forget/", EMPTY_FORM, method="post")],
    "tastes/": [Row("/tastes/", MEMBERS_PAGE)],
    "tastes/<str:axis>/": [Row("/tastes/useful/", MEMBERS_PAGE), Row("/tastes/nothing/", NOT_EVEN_FOR_MEMBERS)],
    "tastes/<str:axis>/correct/": [
        Row("/tastes/useful/correct/", ALWAYS_ELSEWHERE, method="post"),
    ],
    "tastes/<str:axis>/undo/": [Row("/tastes/useful/undo/", ALWAYS_ELSEWHERE, method="post")],
    "tastes/<str:axis>/share/": [Row("/tastes/useful/share/", ALWAYS_ELSEWHERE, method="post")],
    "tastes/<str:axis>/with/<str:owner>/": [Row("/tastes/useful/with/alice/", NOT_EVEN_FOR_MEMBERS)],
    "upload/": [Row("/upload/", MEMBERS_PAGE), Row("/upload/", MEMBERS_PAGE, is_upload=True)],
    "states/": [Row("/states/?ids={pk}", PAGE)],
    "progress/": [Row("/progress/?newest=0", PAGE)],
    "favicon.ico": [Row("/favicon.ico", ELSEWHERE)],
    "api/v1/memes": [
        Row("/api/v1/memes", API, shows=True),
        Row("/api/v1/memes", API_UPLOAD, is_upload=True),
    ],
    "api/v1/memes/<int:pk>": [Row("/api/v1/memes/{pk}", HERS_API, shows=True)],
    "api/v1/memes/<int:pk>/similar": [
        Row("/api/v1/memes/{pk}/similar", HERS_API),
        Row("/api/v1/memes/{shared_pk}/similar", API, shows=True),
    ],
    "api/v1/memes/<int:pk>/state": [Row("/api/v1/memes/{pk}/state", HERS_BUT_EMPTY, method="post")],
    "api/v1/memes/<int:pk>/nsfw": [Row("/api/v1/memes/{pk}/nsfw", HERS_BUT_EMPTY, method="put")],
    "api/v1/trash": [Row("/api/v1/trash", MEMBERS_API)],
    "api/v1/preferences": [Row("/api/v1/preferences", MEMBERS_API)],
    "api/v1/duplicates": [Row("/api/v1/duplicates", MEMBERS_API)],
    "api/v1/duplicates/<int:pk>": [Row("/api/v1/duplicates/{duplicate_pk}", HERS_BUT_EMPTY, method="post")],
    "api/v1/duplicates/undo": [Row("/api/v1/duplicates/undo", HERS_ALONE_API, method="post")],
    "api/v1/search": [
        Row("/api/v1/search?q=zebra", API, shows=True),
        Row('/api/v1/search?q="zebra"', API, shows=True),
        Row("/api/v1/search?q=", API, shows=True),
        Row("/api/v1/search?q=like:{pk}", HERS_TO_COMPARE, shows=True),
        Row("/api/v1/search", MEMBERS_API, shows=True, method="post"),
    ],
    "api/v1/suggestions": [Row("/api/v1/suggestions?q=in:zeb", API, shows=True)],
    "api/v1/pictures": [Row("/api/v1/pictures", API_UPLOAD, is_upload=True)],
    "api/v1/searches": [Row("/api/v1/searches", MEMBERS_API, shows=True)],
    "api/v1/searches/<int:pk>": [
        Row("/api/v1/searches/{saved_pk}", HERS_ALONE_API, shows=True),
        Row("/api/v1/searches/{saved_pk}", HERS_TO_DELETE, method="delete"),
    ],
    "api/v1/history": [Row("/api/v1/history", MEMBERS_API, shows=True)],
    "api/v1/history/<int:pk>": [Row("/api/v1/history/{past_pk}", HERS_TO_DELETE, method="delete")],
    "api/v1/surprise": [Row("/api/v1/surprise", API)],
    "api/v1/concepts": [Row("/api/v1/concepts", API)],
    "api/v1/concepts/<int:pk>": [Row("/api/v1/concepts/0", Answer(401, 404, 404, 404))],
    "api/v1/rating/axes": [Row("/api/v1/rating/axes", MEMBERS_API)],
    "api/v1/rating/pairs": [Row("/api/v1/rating/pairs", EMPTY_API, method="post")],
    "api/v1/rating/fours": [Row("/api/v1/rating/fours", EMPTY_API, method="post")],
    "api/v1/rating/answers": [Row("/api/v1/rating/answers", EMPTY_API, method="post")],
    "api/v1/rating/choices": [Row("/api/v1/rating/choices", EMPTY_API, method="post")],
    "api/v1/rating/undo": [Row("/api/v1/rating/undo", MEMBERS_API, method="post")],
    "api/v1/rating/release": [Row("/api/v1/rating/release", EMPTY_API, method="post")],
    "api/v1/rating/exchange": [Row("/api/v1/rating/exchange", MEMBERS_API)],
    "api/v1/rating/tastes": [Row("/api/v1/rating/tastes", MEMBERS_API)],
    "api/v1/rating/tastes/<str:axis>": [
        Row("/api/v1/rating/tastes/useful", UNKNOWN_API),
        Row("/api/v1/rating/tastes/useful", UNKNOWN_API, method="patch"),
    ],
    "api/v1/rating/tastes/<str:axis>/corrections": [
        Row("/api/v1/rating/tastes/useful/corrections", EMPTY_API, method="post"),
    ],
    "api/v1/rating/tastes/<str:axis>/with/<str:owner>": [Row("/api/v1/rating/tastes/useful/with/alice", UNKNOWN_API)],
    "api/v1/rating/corrections/<uuid:key>": [
        Row("/api/v1/rating/corrections/00000000-0000-4000-8000-000000000000", UNKNOWN_API, method="delete"),
    ],
    "api/v1/rating/marks/<int:pk>": [Row("/api/v1/rating/marks/{pk}", HERS_ALONE_API)],
    "api/v1/status": [Row("/api/v1/status", API)],
    "api/v1/schema": [Row("/api/v1/schema", OPEN)],
    "api/v1/docs/": [Row("/api/v1/docs/", OPEN)],
    "api/v1/": [Row("/api/v1/", NOTHING), Row("/api/v1/memes/x", NOTHING)],
}


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield route
        elif isinstance(entry, URLResolver) and not route.startswith(NOT_OURS):
            yield from routes(entry.url_patterns, route)


@pytest.fixture
def hers(alice: User, bob: User, charlie: User, admin: User, settings: Any) -> Meme:
    """Alice's own meme, read and findable, beside one of bob's that all may see."""
    settings.MSE_OCR, settings.MSE_BACKEND_API, settings.MSE_CLIP_RETRIEVAL_API = False, True, True
    cache.clear()
    _take_in(bob, "shared.png", "green", is_private=False)
    meme = _take_in(alice, f"{SECRET}.png", "red", is_private=True)
    spaces.ensure("lite")
    indexing.derive_media()
    indexing.read_texts()
    indexing.embed_memes()
    meme.refresh_from_db()
    assert meme.has_preview
    Collection.objects.create(owner=alice, name=SECRET)
    copy = _take_in(alice, "copy.png", "yellow", is_private=True)
    DuplicatePair.objects.create(first=meme, second=copy, tier="picture", distance=2)
    queues(alice, meme, SECRET)
    return meme


def _take_in(user: User, name: str, color: str, *, is_private: bool) -> Meme:
    data = encoded(drawing(color, size=(2400, 1800)))
    return library.add_upload(io.BytesIO(data), len(data), filename=name, user=user, is_private=is_private).meme


def ask(client: Client, row: Row, hers: Meme, person: str) -> HttpResponseBase:
    shared = Meme.objects.get(title="shared")
    assert hers.added_by is not None
    saved.keep(hers.added_by, SECRET)  # again: an earlier request of hers may have deleted it
    history.remember(hers.added_by, SECRET)
    path = row.path.format(
        pk=hers.pk, version=hers.sha256[:8], shared_pk=shared.pk,
        saved_pk=SavedSearch.objects.get(name=SECRET).pk,
        past_pk=PastSearch.objects.get(query=SECRET).pk,
        duplicate_pk=DuplicatePair.objects.get().pk,
        **numbers(),
    )  # fmt: skip
    if not row.is_upload:
        return client.generic(row.method.upper(), path, headers=row.headers)
    data = encoded(drawing("blue", seed=len(path)))  # something new at each address
    return client.post(path, {"file": SimpleUploadedFile("new.png", data)}, headers=row.headers)


def body_of(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


@pytest.mark.django_db
@pytest.mark.parametrize("is_public", [False, True], ids=["private", "public"])
@pytest.mark.parametrize("person", ["stranger", "alice", "bob", "charlie", "admin"])
def test_everybody_gets_what_is_theirs_and_no_more(person: str, is_public: bool, hers: Meme, settings: Any) -> None:
    settings.PUBLIC_LIBRARY = is_public
    client = Client()
    if person != "stranger":
        client.force_login(User.objects.get(username=person))
    wrong = []
    for row in (row for rows in MATRIX.values() for row in rows):
        answer = ask(client, row, hers, person)
        wanted, body = row.answer.for_person(person, is_public), body_of(answer)
        if answer.status_code != wanted:
            wrong.append(f"{row.path} {row.headers}: {answer.status_code}, not {wanted}")
        if SECRET.encode() in body and person != "alice":
            wrong.append(f"{row.path} {row.headers}: shows alice's meme")
        if SECRET.encode() not in body and person == "alice" and row.shows:
            wrong.append(f"{row.path} {row.headers}: does not show alice her own meme")
    assert wrong == []


def test_every_address_has_its_row() -> None:
    assert set(routes(get_resolver().url_patterns)) == set(MATRIX)
