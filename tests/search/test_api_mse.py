"""The protocol of Meme Search Engine's backend, asked as its published frontend asks."""

import base64
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating.models import Axis, Taste
from search import spaces
from search.models import Embedding, Meme
from search.vectors import to_array
from tests.drawing import drawing, encoded
from tests.search.asking import is_problem

URL = "/api/mse/"
THUMBNAILS = "/api/mse/thumbnails/"


@pytest.fixture(autouse=True)
def switched_on(settings: Any) -> None:
    settings.MSE_BACKEND_API = True


@pytest.fixture
def frontend(alice: User) -> Client:
    """It knows of no CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


def ask(client: Client, *terms: dict[str, Any], **more: Any) -> Any:
    body = {"terms": list(terms), "include_video": True, **more}
    return client.post(URL, json.dumps(body), content_type="application/json")


def titles(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    ids = [int(match[2].partition("-")[0]) for match in answer.json()["matches"]]
    return [Meme.objects.get(pk=pk).title for pk in ids]


def vector(title: str) -> list[float]:
    return [float(number) for number in to_array(Embedding.objects.get(meme__title=title).vector)]


def picture(color: str, seed: int) -> str:
    return base64.b64encode(encoded(drawing(color, seed=seed))).decode()


def test_every_kind_of_term_finds_what_it_means(backend: str, frontend: Client) -> None:
    assert titles(ask(frontend, {"text": "grumpy monday", "weight": 1, "sign": "+"}))[0] == "monday"
    assert titles(ask(frontend, {"image": picture("blue", 4), "weight": 1}))[0] == "blue"
    assert titles(ask(frontend, {"embedding": vector("green"), "weight": 1}))[0] == "green"
    assert titles(ask(frontend, {"text": "picture"}, {"text": "red", "weight": -1}))[-1] == "red"
    some = ask(frontend, {"text": "red", "embedding": vector("red"), "image": picture("red", 0)}, {"weight": 1}, k=2)
    assert titles(some)[0] == "red"
    assert len(some.json()["matches"]) == 2
    assert titles(ask(frontend, {"text": ""})) == []


def test_an_embedding_counts_by_its_length(backend: str, frontend: Client) -> None:
    faint = [number / 100 for number in vector("red")]
    assert titles(ask(frontend, {"embedding": faint}, {"embedding": vector("blue")}))[0] == "blue"


def test_paths_and_thumbnails_lead_where_the_frontend_makes_them_lead(library: None, frontend: Client) -> None:
    Meme.objects.filter(title="red").update(has_preview=False)
    answer = ask(frontend, {"text": "red"}).json()
    score, path, thumbnail, bits, shape, debugging = answer["matches"][0]
    assert 0 < score <= 1
    assert shape == [320, 240]
    assert debugging is None
    assert frontend.get(path).headers["Content-Type"] == "image/png"
    shown = [name for place, name in enumerate(answer["formats"]) if bits & (1 << place)]
    assert shown == ["jpegl"]
    made = frontend.get(f"{THUMBNAILS}{thumbnail}jpegl.{answer['extensions']['jpegl']}")
    assert (made.status_code, made.headers["Content-Type"]) == (200, "image/webp")
    assert frontend.get(f"{THUMBNAILS}{thumbnail}avifl.webp").status_code == 404


def test_videos_are_left_out_unless_they_are_wanted(library: None, frontend: Client) -> None:
    Meme.objects.filter(title="red").update(kind="video")
    wanted = ask(frontend, {"text": "red"}).json()
    assert wanted["matches"][0][3] == 0b101, "a video with its poster"
    assert wanted["formats"][0] == "VIDEO"
    assert "red" not in titles(ask(frontend, {"text": "red"}, include_video=False))


def test_the_frontend_is_told_how_much_there_is_and_what_everybody_likes(library: None, frontend: Client) -> None:
    space = spaces.active()
    axis = Axis.objects.get(name="useful")
    facts = {"axis": axis, "space": space, "basis": "", "learned_from": "", "posterior": b""}
    Taste.objects.create(owner=None, direction=vector("purple"), **facts)
    told = {"n_total": 9, "d_emb": 512, "predefined_embedding_names": ["useful"]}
    assert frontend.get(URL).json() == told
    assert titles(ask(frontend, {"predefined_embedding": "useful", "weight": 0.2}))[0] == "purple"


def test_what_others_keep_to_themselves_is_not_there(library: None, frontend: Client, bob: User) -> None:
    meme = Meme.objects.get(title="red")
    Meme.objects.filter(pk=meme.pk).update(private_to=bob)
    assert "red" not in titles(ask(frontend, {"text": "red"}))
    assert frontend.get(URL).json()["n_total"] == 8
    assert frontend.get(f"{THUMBNAILS}{meme.pk}-{meme.sha256[:8]}jpegl.webp").status_code == 404


BAD = {
    "not JSON": "terms",
    "a list": "[]",
    "no terms": "{}",
    "not a number": '{"terms": [{"embedding": [NaN]}]}',
    "words for numbers": '{"terms": [{"embedding": ["nan"]}]}',
    "another length": '{"terms": [{"embedding": [1, 2]}]}',
    "zeros": json.dumps({"terms": [{"embedding": [0] * 512}]}),
    "infinite": json.dumps({"terms": [{"embedding": [1] * 511}]}).replace("1]", "1, 1e999]"),
    "no base64": '{"terms": [{"image": "not base64!"}]}',
    "a name that nobody knows": '{"terms": [{"predefined_embedding": "nobody/knows"}]}',
    "a long text": json.dumps({"terms": [{"text": "x" * 1_000_000}]}),
    "many results": '{"terms": [{"text": "x"}], "k": 1000000000}',
    "no results": '{"terms": [{"text": "x"}], "k": 0}',
    "a weight that is none": '{"terms": [{"text": "x", "weight": "nan"}]}',
    "a huge weight": '{"terms": [{"text": "x", "weight": 1e300}]}',
    "many terms": json.dumps({"terms": [{"text": "x"}] * 33}),
    "nested": "[" * 100_000,
    "what cancels out": '{"terms": [{"text": "x"}, {"text": "x", "weight": -1}]}',
}


@pytest.mark.django_db
def test_what_cannot_be_meant_is_refused_with_a_sentence(frontend: Client) -> None:
    spaces.ensure("lite")
    for name, body in BAD.items():
        answer: Any = frontend.post(URL, body, content_type="application/json")
        assert answer.status_code == 400, (name, answer.content)
        is_problem(answer, 400)
    assert is_problem(ask(frontend, {"image": base64.b64encode(b"GIF89a").decode()}), 422)["code"]
    assert is_problem(ask(frontend, {"image": "A" * 16_000_001}), 413)


@pytest.mark.django_db
def test_it_is_not_there_unless_it_is_switched_on(frontend: Client, settings: Any) -> None:
    settings.MSE_BACKEND_API = False
    assert frontend.get(URL).status_code == 404
    assert ask(frontend, {"text": "cat"}).status_code == 404
    assert frontend.get(f"{THUMBNAILS}1-00000000jpegl.webp").status_code == 404
