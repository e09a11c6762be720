"""What the site's own pages say when something is not as it should be, and what every page knows."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, permission_denied, server_error

from mse_site.context import site
from search.models import EmbeddingSpace

pytestmark = pytest.mark.django_db


def test_an_address_that_names_nothing_says_so_in_our_own_page(alice_client: Client) -> None:
    answer = alice_client.get("/no/such/page")
    assert answer.status_code == 404
    assert b"Nothing here" in answer.content
    assert b"no/such/page" not in answer.content


def test_a_broken_page_needs_nothing_that_may_be_broken_too() -> None:
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert b"Something broke here" in answer.content
    assert b"css/tokens.css" in answer.content


def test_an_unreadable_request_has_a_page_too() -> None:
    assert b"cannot be understood" in bad_request(RequestFactory().get("/"), Exception()).content


def test_what_one_may_not_do_is_said_without_details(alice: User) -> None:
    request = RequestFactory().get("/")
    request.user = alice
    answer = permission_denied(request, Exception("secret detail"))
    assert b"Your account may not do this" in answer.content
    assert b"secret detail" not in answer.content


def test_an_old_form_says_what_to_do(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "alice", "password": "x"})
    assert answer.status_code == 403
    assert b"The form is out of date" in answer.content


def test_browsers_find_the_icon_where_they_look_for_it(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/static/icons/favicon.svg")


@pytest.mark.parametrize(("encoder", "is_lite"), [("lite", True), ("openclip:ViT-B-32:x", False)])
def test_every_page_knows_what_it_searches_with(encoder: str, is_lite: bool, settings: Any) -> None:
    settings.MSE_ENCODER = encoder
    assert site(RequestFactory().get("/"))["mse"].is_lite == is_lite


@pytest.mark.parametrize(("serving", "is_lite"), [("lite", True), ("openclip:ViT-B-32:x", False)])
def test_until_another_encoder_has_taken_over_the_old_one_is_named(serving: str, is_lite: bool, settings: Any) -> None:
    settings.MSE_ENCODER = "openclip:ViT-B-32:x" if is_lite else "lite"
    EmbeddingSpace.objects.create(name=settings.MSE_ENCODER, revision="1", dims=8, reads_text=False, state="building")
    EmbeddingSpace.objects.create(name=serving, revision="1", dims=8, reads_text=False, state="active")
    assert site(RequestFactory().get("/"))["mse"].is_lite == is_lite


@pytest.mark.parametrize(
    ("signup", "said"), [("open", 'href="/accounts/signup/"'), ("invite", "invitation"), ("closed", "Sign in")]
)
def test_the_entrance_says_how_one_gets_in(signup: str, said: str, client: Client, alice: User, settings: Any) -> None:
    settings.SIGNUP = signup
    page = client.get("/accounts/login/").content.decode()
    assert said in page
    assert ('href="/accounts/signup/"' in page) == (signup == "open")


def test_the_site_is_called_what_its_owner_calls_it(client: Client, settings: Any) -> None:
    settings.SITE_NAME = "The <Vault>"
    page = client.get("/accounts/login/").content.decode()
    assert "<title>Sign in · The &lt;Vault&gt;</title>" in page


@pytest.mark.parametrize("name", ["400", "403_csrf", "500"])
def test_pages_for_trouble_need_no_request(name: str) -> None:
    assert "<h1>" in render_to_string(f"{name}.html")
