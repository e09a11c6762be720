"""The protocol of clip-retrieval's service, asked as its published Python client asks."""

import base64
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from search.models import Embedding, Meme
from search.vectors import to_array
from tests.drawing import drawing, encoded
from tests.search.asking import is_problem

URL = "/knn-service"


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    settings.MSE_CLIP_RETRIEVAL_API = settings.PUBLIC_LIBRARY = True


def query(client: Client, **changed: Any) -> Any:
    """What `ClipClient.query` sends: every field in this order, and no type of the content."""
    sent = {
        "text": None, "image": None, "image_url": None, "embedding_input": None, "deduplicate": True,
        "use_safety_model": True, "use_violence_detector": True, "indice_name": "memes", "use_mclip": False,
        "aesthetic_score": 9, "aesthetic_weight": 0.5, "modality": "image", "num_images": 40, "num_result_ids": 40,
    }  # fmt: skip
    return client.generic("POST", URL, json.dumps({**sent, **changed}), content_type="")


def captions(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [result["caption"] for result in answer.json()]


def test_a_stranger_finds_what_is_shared_by_text_picture_and_embedding(backend: str) -> None:
    client = Client()
    assert client.get("/indices-list").json() == ["memes"]
    best = query(client, text="grumpy monday", num_images=3, num_result_ids=3).json()
    assert len(best) == 3
    assert best[0]["caption"] == "monday"
    assert best[0]["id"] == Meme.objects.get(title="monday").pk
    assert best[0]["similarity"] > best[1]["similarity"]
    assert best[0]["url"].startswith("http://testserver/")
    assert client.get(best[0]["url"].removeprefix("http://testserver")).status_code == 200
    image = base64.b64encode(encoded(drawing("blue", seed=4))).decode("utf-8")
    assert captions(query(client, image=image))[0] == "blue"
    numbers = to_array(Embedding.objects.get(meme__title="green").vector).tolist()
    assert captions(query(client, embedding_input=numbers))[0] == "green"


def test_the_same_picture_is_found_once_if_it_is_to_be(library: None) -> None:
    red, green = (Meme.objects.get(title=title) for title in ("red", "green"))
    Meme.objects.filter(pk=green.pk).update(phash=red.phash, color=red.color)
    assert sorted({*captions(query(Client(), text="red", deduplicate=False))} - {*captions(query(Client(), text="red"))}) == [
        "green"
    ]  # fmt: skip


def test_what_is_not_safe_is_left_out_if_it_is_to_be(library: None) -> None:
    Meme.objects.filter(title="red").update(is_nsfw=True)
    assert "red" not in captions(query(Client(), text="red"))
    assert captions(query(Client(), text="red", use_safety_model=False))[0] == "red"


def test_the_first_images_are_told_of_and_the_others_are_numbers(library: None) -> None:
    results = query(Client(), text="red", num_images=2, num_result_ids=3000).json()
    assert len(results) == 9
    assert ["url" in result for result in results] == [True] * 2 + [False] * 7
    assert set(results[-1]) == {"id", "similarity"}


BAD: dict[str, dict[str, Any]] = {
    "nothing": {},
    "many": {"text": "x", "num_images": 10**9},
    "another index": {"text": "x", "indice_name": "laion5B"},
    "a long text": {"text": "x" * 1_000_000},
    "no base64": {"image": "%%%"},
    "no address": {"image_url": "file:///etc/passwd"},
    "an address, by a stranger": {"image_url": "https://example.org/cat.png"},
    "not a number": {"embedding_input": [float("nan")] * 512},
    "another length": {"embedding_input": [1.0]},
    "another modality": {"text": "x", "modality": "sound"},
}


@pytest.mark.django_db
def test_what_cannot_be_meant_is_refused_with_a_sentence(settings: Any) -> None:
    for name, changed in BAD.items():
        answer = query(Client(), **changed)
        assert answer.status_code == 400, (name, answer.content)
        is_problem(answer, 400)


@pytest.mark.django_db
def test_strangers_are_turned_away_unless_the_library_is_public(settings: Any, alice: User) -> None:
    settings.PUBLIC_LIBRARY = False
    is_problem(query(Client(), text="cat"), 401)
    settings.MSE_CLIP_RETRIEVAL_API = False
    is_problem(query(Client(), text="cat"), 404)
    assert Client().get("/indices-list").status_code == 404
