"""Queries that nobody means well with: on every page and API that takes one they cost a clear 4xx, and nothing else."""

import base64
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from search.long_searches import FOLDER
from search.models import EmbeddingSpace, Meme
from tests.search.asking import is_problem, rows
from tests.search.media.making import png_bomb
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
DIMS = 512
AT_MOST_S = 5.0  # of this process, for one answer


def vector(*numbers: float) -> str:
    return base64.urlsafe_b64encode(struct.pack(f"<{len(numbers)}e", *numbers)).decode().rstrip("=")


BAD = {
    "a vector with NaN": f"cats vector:{vector(*[1.0] * (DIMS - 1), float('nan'))}",
    "a vector with infinity": f"vector:{vector(float('inf'), *[0.0] * (DIMS - 1))}",
    "a vector of zeros": f"vector:{vector(*[0.0] * DIMS)}",
    "a vector of minus zeros": f"vector:{vector(*[-0.0] * DIMS)}",
    "too short a vector": f"vector:{vector(*[1.0] * (DIMS - 1))}",
    "too long a vector": f"vector:{vector(*[1.0] * (DIMS + 1))}",
    "half a number": "vector:AAA",
    "a weight beyond all": "cats^1e308",
    "a weight of infinity": "cats^inf dogs",
    "a weight of NaN": "cats dogs^nan",
    "a weight beyond all on a vector": f"vector:{vector(*[1.0] * DIMS)}^1e308",
    "ten thousand terms": "-cats " * 10_000,
    "more terms than allowed": "cats^2 " * 33,
    "more filters than allowed": "width:>1 " * 33,
    "a megabyte of letters": "w" * 1_000_000,
    "a megabyte of quotation marks": '"' * 1_000_000,
    "a megabyte of minus signs": "-" * 1_000_000,
    "a megabyte of characters without spaces": "猫" * 330_000,
    "a megabyte of pictures": "picture:0123456789abcdef " * 40_000,
    "a megabyte of marks that are never closed": "„a " * 300_000,
    "so many of them that vectors would fit": "„a " * 6_600,
    "more pictures than terms are allowed": "picture:0123456789abcdef " * 75,
    "nothing but what is refused": "-cats -dogs^2",
    "a term and its opposite": "cats -cats",
    "an unknown key that is nearly one": "cats tpye:video",
    "a value that a key does not take": "width:wide",
    "a meme that is not there": "like:999999999999",
    "a number beyond all memes": "like:99999999999999999999999999",
    "a collection that is not there": "average:nothing",
    "a picture that is not there": f"picture:{'0' * 32}",
    "an address inside": "picture:http://127.0.0.1:1/a.png",
}
# As they stand, these look for strange things and find nothing wrong.
ODD = {
    "signs alone": "!!! ??? ... ^ ^^ : :: ,",
    "emoji": "😂" * 200,
    "from right to left": "\u202eשלום\u202c سلام",
    "the largest weights": "cats^100 dogs^-100 birds^0",
    "the language of the database": "cats' & ! | <-> :* (dogs) %s %(a)s \\ ; DROP TABLE",
    "quoted words of many letters": '"' + "x" * 1900 + '"^0',
    "quoted words without spaces": '"' + "猫" * 1900 + '"^0',
    "many words": "w " * 900,
    "accents alone": "\u0301\u0301",
}


@pytest.fixture
def library(alice: User) -> None:
    take_in(alice, "blue", title="sky")
    index({"sky": "cats"})


def is_well(client: Client) -> bool:
    """Whether others still get what they ask for."""
    return [hit["meme"]["title"] for hit in client.get("/api/v1/search", {"q": "cats"}).json()["results"]] == ["sky"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_query_is_answered_with_a_reason_on_pages_and_in_the_api(
    alice_client: Client, library: None, name: str
) -> None:
    started = time.process_time()
    problem = is_problem(alice_client.get("/api/v1/search", {"q": BAD[name]}), 400)
    assert 5 < len(problem["detail"]) < 300
    page = alice_client.get("/", {"q": BAD[name]})
    assert page.status_code == 400
    assert len(page.context["trouble"].message) < 300
    assert alice_client.get("/", {"q": BAD[name]}, headers={"HX-Request": "true"}).status_code == 400
    assert alice_client.get("/advanced/", {"q": BAD[name]}).status_code in (200, 400)
    assert time.process_time() - started < 4 * AT_MOST_S
    assert is_well(alice_client)


@pytest.mark.parametrize("name", [name for name in BAD if "vector" in name and "weight" not in name])
def test_an_embedding_in_the_address_is_read_as_strictly(alice_client: Client, library: None, name: str) -> None:
    embedding = BAD[name].partition("vector:")[2]
    is_problem(alice_client.get("/api/v1/search", {"e": embedding}), 400)
    assert alice_client.get("/", {"e": embedding}).status_code == 400
    assert is_well(alice_client)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_query_is_a_query(alice_client: Client, library: None, name: str) -> None:
    started = time.process_time()
    assert alice_client.get("/api/v1/search", {"q": ODD[name]}).status_code == 200
    assert alice_client.get("/", {"q": ODD[name]}).status_code == 200
    assert time.process_time() - started < 2 * AT_MOST_S


@pytest.mark.parametrize("text", ["cats%00dogs", "cats%20%ED%A0%80%ED%BF%BF", "%FF%FE%80", "%C3%28"])
def test_bytes_that_are_no_text_are_refused_or_read_past(alice_client: Client, library: None, text: str) -> None:
    assert alice_client.get(f"/api/v1/search?q={text}").status_code in (200, 400)
    assert alice_client.get(f"/?q={text}").status_code == 200
    assert alice_client.get(f"/advanced/?q={text}").status_code == 200
    assert is_well(alice_client)


@pytest.mark.parametrize("name", [*BAD, *ODD])
def test_suggestions_survive_whatever_is_typed(alice_client: Client, library: None, name: str) -> None:
    text = (BAD | ODD)[name]
    answer = alice_client.get("/api/v1/suggestions", {"q": text, "cursor": len(text)})
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("name", ["a megabyte of pictures", "more pictures than terms are allowed"])
def test_nothing_is_kept_of_what_is_refused(
    alice_client: Client, client: Client, library: None, media_dir: Path, settings: Any, name: str
) -> None:
    settings.PUBLIC_LIBRARY = True
    many = {"q": BAD[name], "e": [vector(*[1.0] * DIMS)] * 8}
    assert client.get("/", many).status_code == 400
    assert client.get("/", {"e": ["AAA8" * 500] * 33}).status_code == 400
    assert alice_client.post("/searches/ask/", many).status_code == 400
    assert not (media_dir / FOLDER).exists()


@pytest.mark.parametrize("embedding", ["", "AAA8AAA0 cats", "cats", "AAA8^", "^2", '"', "AAA8AAA0^9e999", "AAA8\x00"])
def test_what_is_no_embedding_is_refused_on_pages_and_in_the_api(
    alice_client: Client, library: None, embedding: str
) -> None:
    for path in ("/", "/advanced/", "/api/v1/search"):
        for asked in ({"e": embedding}, {"e": embedding, "q": "cats"}):
            assert alice_client.get(path, asked).status_code == 400, path
    assert is_well(alice_client)


def test_numbers_longer_than_any_are_refused(alice_client: Client, library: None) -> None:
    long = "9" * 5000
    assert alice_client.get("/advanced/", {"kind": "like", "value": long, "weight": "1"}).status_code == 400
    assert alice_client.get("/advanced/", {"kind": "about", "value": "x", "do": f"remove-{long}"}).status_code == 302
    assert is_well(alice_client)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_query_is_kept_or_refused_and_nothing_breaks(alice_client: Client, library: None, name: str) -> None:
    answer = alice_client.post("/api/v1/searches", {"name": "bad", "query": BAD[name]}, content_type="application/json")
    assert answer.status_code in (201, 400)
    assert alice_client.get("/searches/").status_code == 200


def test_without_an_encoder_words_alone_take_odd_queries_too(alice_client: Client, library: None) -> None:
    EmbeddingSpace.objects.update(name="openclip:ViT-B-16-SigLIP2:webli")
    for text in ODD.values():
        answer = alice_client.get("/api/v1/search", {"q": text})
        assert answer.status_code == 200, text
        assert answer.json()["backend"] in ("words", "newest")


@pytest.mark.parametrize("address", ["/api/v1/pictures", "/api/v1/memes", "/picture/", "/upload/"])
def test_a_picture_that_is_a_bomb_is_refused(alice_client: Client, library: None, address: str) -> None:
    bomb = SimpleUploadedFile("bomb.png", png_bomb(60_000, 60_000))
    started = time.process_time()
    answer = alice_client.post(address, {"file": bomb})
    assert 400 <= answer.status_code < 500
    assert time.process_time() - started < AT_MOST_S
    assert Meme.objects.count() == 1
    assert is_well(alice_client)


def test_numbers_beside_the_query_are_checked_too(alice_client: Client) -> None:
    rows(1)
    for name, value in (("offset", "-1"), ("offset", "1e9"), ("limit", "0"), ("limit", "100000"), ("alike", "x")):
        is_problem(alice_client.get("/api/v1/search", {"q": "", name: value}), 400)
        assert alice_client.get("/", {"q": "", name: value}).status_code == 200
