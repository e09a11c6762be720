"""The advanced builder."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from hypothesis import given, settings

from search import drafts, pictures
from search.models import Meme, PastSearch
from search.query import Query, to_text
from search.retrieval import PAGE_SIZE
from search.views.builder import everything
from tests.search.asking import rows
from tests.search.query.queries import queries
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
BUILDER = "/advanced/"


def shown(answer: Any) -> list[str]:
    return [hit.meme.title for hit in answer.context["results"].hits]


def form(*terms: tuple[str, str], **fields: Any) -> dict[str, Any]:
    kinds, values = zip(*terms, strict=True)
    return {"kind": kinds, "value": values, "weight": ["1"] * len(terms), **fields}


def test_without_a_query_there_is_one_row_and_the_newest_memes(alice_client: Client) -> None:
    rows(2)
    answer = alice_client.get(BUILDER)
    assert shown(answer) == ["meme 1", "meme 0"]
    assert len(answer.context["rows"]) == 1


def test_rows_and_fields_find_what_the_box_finds(alice_client: Client, alice: User) -> None:
    for color in ("red", "blue", "green"):
        take_in(alice, color)
    index()
    answer = alice_client.get(BUILDER, form(("about", "blue"), ("about", "red"), minus="1", width_from="100"))
    assert shown(answer)[0] == "blue"
    assert answer.context["asked"].text == "blue -red width:>=100"
    assert shown(answer) == shown(alice_client.get("/", {"q": "blue -red width:>=100"}))


def test_a_search_is_opened_from_its_address(alice_client: Client) -> None:
    rows(1)
    page = alice_client.get(BUILDER, {"q": "cats^0.5 -dogs tag:a -type:video sort:random-7"}).content.decode()
    assert 'name="value" value="cats"' in page
    assert 'value="0.5"' in page
    assert 'name="tag" value="a"' in page
    assert 'name="also" value="-type:video"' in page
    assert '<option value="random-7" selected>' in page


class Fields(HTMLParser):
    """What a browser would send of the form that it was given."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self._select = ""
        self._has_form = False
        self.feed(page.partition("<template")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._has_form = self._has_form or given.get("id") == "builder"
        name, value = given.get("name") or "", given.get("value") or ""
        if not self._has_form:
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.sent.append((self._select, value))
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.sent.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        self._has_form = self._has_form and tag != "form"


@settings(max_examples=25, deadline=None)
@given(queries().filter(lambda query: not re.search(r"[\r\n]", to_text(query))))
def test_any_query_comes_back_from_the_form_that_shows_it(query: Query) -> None:
    request = RequestFactory().get(BUILDER)
    request.user = AnonymousUser()
    shown = everything(request, drafts.from_query(request.user, query))
    sent = QueryDict(mutable=True)
    for name, value in Fields(render_to_string("search/builder.html", shown, request)).sent:
        sent.appendlist(name, value)
    found = drafts.from_form(request.user, sent).query
    assert found is not None
    assert meaning(found) == meaning(query)


def meaning(query: Query) -> tuple[object, ...]:
    """Of which the order of terms, filters and their values is no part."""
    filters = {(part.key, frozenset(part.values), part.is_negated) for part in query.filters}
    return set(query.terms), filters, query.sort


def test_fields_of_the_form_may_stand_beside_a_query(alice_client: Client) -> None:
    rows(2, start=10, kind="video")
    rows(2)
    answer = alice_client.get(BUILDER, {"sort": "old", "type": "video"})
    assert shown(answer) == ["meme 10", "meme 11"]
    assert answer.context["asked"].text == "type:video sort:old"


@pytest.mark.parametrize(("order", "values"), [("add", ["a", "b", ""]), ("remove-0", ["b"]), ("down-0", ["b", "a"])])
def test_rows_change_without_a_script_and_the_address_is_the_form(
    order: str, values: list[str], alice_client: Client
) -> None:
    answer = alice_client.get(BUILDER, form(("about", "a"), ("about", "b"), tag="x", do=order), follow=True)
    assert [entry["row"].value for entry in answer.context["rows"]] == values
    assert answer.context["draft"].fields == {"tag": ["x"]}
    assert "do=" not in answer.request["QUERY_STRING"]


def test_what_is_wrong_is_said_beside_it_and_the_memes_stay(alice_client: Client) -> None:
    rows(1)
    wrong = form(("about", "cats"), ("like", "a cat"), width_from="wide")
    answer = alice_client.get(BUILDER, wrong)
    assert answer.status_code == 400
    assert answer.context["rows"][1]["problem"].startswith("This takes the number of a meme")
    assert "takes pixels" in answer.content.decode()
    partial = alice_client.get(BUILDER, wrong, headers=HX)
    assert (partial.status_code, partial.headers["HX-Reswap"]) == (400, "none")
    assert 'data-fault="value-1"' in partial.content.decode()
    assert "data-grid" not in partial.content.decode()


def test_a_query_that_cannot_be_read_is_said_and_leaves_a_row(alice_client: Client) -> None:
    answer = alice_client.get(BUILDER, {"q": "sourc:reddit"})
    assert answer.status_code == 400
    assert "Did you mean" in answer.content.decode()
    assert len(answer.context["rows"]) == 1


def test_a_meme_that_is_not_there_is_trouble_of_the_results(alice_client: Client) -> None:
    answer = alice_client.get(BUILDER, form(("like", "12345")), headers=HX)
    assert answer.status_code == 400
    assert "HX-Reswap" not in answer.headers
    assert "no meme 12345 here" in answer.content.decode()


def test_a_script_gets_the_memes_and_what_was_understood(alice_client: Client) -> None:
    rows(PAGE_SIZE + 5)
    partial = alice_client.get(BUILDER, form(("about", ""), type="image"), headers=HX).content.decode()
    assert "<html" not in partial
    assert 'data-address="q=type%3Aimage"' in partial
    assert "data-grid" in partial
    more = alice_client.get(BUILDER, {**form(("about", ""), type="image"), "offset": PAGE_SIZE}, headers=HX)
    assert more.content.decode().count('class="tile') == 5


def test_the_preview_is_not_remembered(alice_client: Client) -> None:
    rows(1)
    alice_client.get(BUILDER, form(("about", "cats")), headers=HX)
    alice_client.get(BUILDER, form(("about", "cats")))
    assert not PastSearch.objects.exists()


def test_rows_show_the_pictures_they_stand_for_to_those_who_may_see_them(
    alice_client: Client, alice: User, bob: User
) -> None:
    mine, theirs = take_in(alice, "red", is_private=True), take_in(bob, "blue", is_private=True)
    index()
    page = alice_client.get(BUILDER, form(("like", str(mine.pk)), ("like", str(theirs.pk)))).content.decode()
    assert f"/media/{mine.pk}/" in page
    assert f"/media/{theirs.pk}/" not in page


@pytest.mark.parametrize("value", ["../../../etc/passwd", "x", "9" * 40, "https://example.org/a.png"])
def test_a_row_with_any_other_picture_shows_none(value: str, alice_client: Client) -> None:
    for kind in ("picture", "like"):
        assert alice_client.get(BUILDER, form((kind, value))).status_code == 400
    assert pictures.LONGEST_PX


def test_strangers_are_sent_to_sign_in_and_those_of_a_public_library_may_build(client: Client, settings: Any) -> None:
    assert client.get(BUILDER).headers["Location"].startswith("/accounts/login/")
    assert client.get(BUILDER, headers=HX).status_code == 401
    settings.PUBLIC_LIBRARY = True
    rows(1)
    assert shown(client.get(BUILDER)) == ["meme 0"]


def test_the_builder_only_reads(alice_client: Client) -> None:
    assert alice_client.post(BUILDER).status_code == 405


def test_a_page_costs_the_same_number_of_queries_however_full_it_is(
    alice_client: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    rows(30, added_by=alice)
    with django_assert_max_num_queries(8):
        alice_client.get(BUILDER, {"q": "type:image"})
    assert Meme.objects.count() == 30
