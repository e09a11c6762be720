"""Addresses of memes, written without the resolver."""

from collections.abc import Iterator

import pytest
from django.urls import reverse, set_script_prefix

from search import addresses

SHA = "0123456789abcdef" * 4


@pytest.fixture(params=["/", "/memes/", "/{odd}/"])
def prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the site is mounted."""
    set_script_prefix(request.param)
    yield request.param
    set_script_prefix("/")


@pytest.mark.parametrize("meme_id", [1, 123_456_789_012])
def test_they_are_what_the_resolver_makes(prefix: str, meme_id: int) -> None:
    assert addresses.of_page(meme_id) == reverse("meme", args=[meme_id])
    assert addresses.in_api(meme_id) == reverse("api-meme", args=[meme_id])
    for variant in ("thumbnail", "original"):
        assert addresses.of_media(meme_id, SHA, variant) == reverse("media", args=[meme_id, SHA[:8], variant])


def test_a_site_below_a_prefix_does_not_get_the_addresses_of_another() -> None:
    at_root = addresses.of_page(1)
    set_script_prefix("/memes/")
    below = addresses.of_page(1)
    set_script_prefix("/")
    assert (at_root, below) == ("/m/1/", "/memes/m/1/")
