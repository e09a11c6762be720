"""Is it dank? A picture judged at once, on the page and over HTTP."""

import io
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from rating import bases, judging, popular
from rating.ensemble.model import CONFIG, WEIGHTS, Config, Ensemble
from rating.models import Axis, PopularityModel
from rating.popularity.learning import AXES
from search import indexing, library, spaces, store
from search.models import EmbeddingSpace, Meme, Sighting, Source
from tests.drawing import drawing, encoded
from tests.rating.tasting import tell

pytestmark = pytest.mark.django_db
API = "/api/v1/rating/judge"
COLORS = ("red", "orange", "yellow", "green", "blue", "purple")


def picture(color: str, seed: int = 0) -> bytes:
    return encoded(drawing(color, seed=seed))


def posted(data: bytes) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("new.png", data)}


@pytest.fixture
def space(alice: User, settings: Any) -> EmbeddingSpace:
    """A library of one-coloured pictures, with coordinates for tastes."""
    settings.MSE_OCR = False
    cache.clear()
    for color in COLORS:
        data = picture(color)
        library.add_upload(io.BytesIO(data), len(data), filename=f"{color}.png", user=alice)
    found = spaces.ensure("lite")
    indexing.derive_media()
    indexing.read_texts()
    indexing.embed_memes()
    assert bases.learn(found)
    return found


@pytest.fixture
def model(space: EmbeddingSpace, tmp_path: Any) -> PopularityModel:
    """One that was not trained: every picture is as popular as its first coordinate is large."""
    basis = bases.of(space)
    assert basis is not None
    ensemble = Ensemble(Config(basis.size, AXES, members=2, hidden=4, basis=basis.checksum))
    ensemble.begin_with(np.eye(basis.size, len(AXES)))
    ensemble.save(tmp_path)
    files = {name: (tmp_path / name).read_bytes() for name in (WEIGHTS, CONFIG)}
    measures = {"tested": 40, "told": 26, "accuracy": None, "auroc": None, "majority": None, "correlation": 0.25}
    facts = {
        "epochs": 2,
        "losses": [0.69, 0.68, 0.7],
        "groups": 3,
        "upvotes": {"edges": [0, 9, 99], "counts": [150, 50]},
    }
    return PopularityModel.objects.create(
        space=space, basis=basis.checksum, posts=200, learned_from="x", weights=files[WEIGHTS],
        description=files[CONFIG], facts=facts, metrics=measures, quantiles=[-1.0, 0.0, 1.0],
    )  # fmt: skip


def test_a_picture_is_judged_by_both_models_and_nothing_is_kept(
    alice: User, alice_client: Client, axes: list[Axis], model: PopularityModel
) -> None:
    tell(alice, axes[0], {meme.pk: meme.pk for meme in Meme.objects.all()}, 12)
    files, count = set(store.older_than("queries", model.trained_at)), Meme.objects.count()
    answer = alice_client.post(API, posted(picture("red", seed=1)))
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert said["known"] is None
    assert [(mark["axis"], mark["owner"]) for mark in said["tastes"]] == [(axes[0].name, "alice")]
    assert set(said["popularity"]) == {"rank", "top", "beaten"}
    assert said["nearest"][0]["meme"]["title"] == "red"
    page = alice_client.post("/dank/", posted(picture("red", seed=1))).content.decode()
    assert "Closest in the library" in page
    assert f"{round(said['popularity']['rank'] * 100)} %" in page
    assert (set(store.older_than("queries", model.trained_at)), Meme.objects.count()) == (files, count)


def test_the_same_bytes_are_answered_from_memory(
    alice_client: Client, space: EmbeddingSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = alice_client.post(API, posted(picture("blue", seed=2))).json()
    monkeypatch.setattr("search.pictures.small", lambda file: pytest.fail("it was looked at again"))
    assert alice_client.post(API, posted(picture("blue", seed=2))).json() == first


def test_bytes_that_are_in_the_library_are_recognised_by_those_who_may_see_them(
    alice: User, alice_client: Client, bob: User, space: EmbeddingSpace
) -> None:
    known = Meme.objects.get(title="green")
    assert alice_client.post(API, posted(picture("green"))).json()["known"]["id"] == known.pk
    Meme.objects.filter(pk=known.pk).update(private_to=alice)
    other = Client()
    other.force_login(bob)
    said = other.post(API, posted(picture("green"))).json()
    assert said["known"] is None
    assert known.pk not in [near["meme"]["id"] for near in said["nearest"]]


def test_rubbish_nothing_and_a_library_that_is_not_read_are_told_plainly(alice_client: Client, db: None) -> None:
    assert alice_client.post("/dank/", posted(picture("red"))).status_code == 503
    assert alice_client.post(API, posted(picture("red"))).status_code == 503
    spaces.ensure("lite")
    refused = alice_client.post("/dank/", posted(b"no picture at all"))
    assert refused.status_code == 422
    assert 'role="alert"' in refused.content.decode()
    assert alice_client.post(API, posted(b"no picture at all")).status_code == 422
    assert alice_client.post("/dank/", {}).status_code == 400
    assert alice_client.post(API, {}).status_code == 400


def test_the_newest_posts_of_every_source_carry_both_scores(
    alice: User, alice_client: Client, axes: list[Axis], model: PopularityModel
) -> None:
    feed = Source.objects.create(kind="feed", name="The Feed", root="https://feed.example/")
    memes = list(Meme.objects.order_by("pk"))
    Sighting.objects.bulk_create(Sighting(meme=meme, source=feed, locator=str(meme.pk)) for meme in memes)
    Meme.objects.filter(pk=memes[0].pk).update(state="hidden")
    tell(alice, axes[0], {meme.pk: meme.pk for meme in memes}, 12)
    page = alice_client.get("/dank/").content.decode()
    assert "The Feed" in page
    posts = page.partition("The Feed")[2]
    assert posts.count('class="two"') == len(memes) - 1
    said = popular.of_memes(model, [memes[1].pk])[memes[1].pk]
    assert f"{round(said.rank * 100)} %" in posts
    assert "–" not in posts.partition("</section>")[0]


def test_the_newest_posts_are_read_along_an_index(alice: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    asked = Source.objects.annotate(latest=ArraySubquery(judging.latest(alice)))
    assert "sighting_latest" in asked.explain()


def test_how_well_it_works_is_told_with_its_tables(alice_client: Client, model: PopularityModel) -> None:
    page = alice_client.get("/dank/popularity/").content.decode()
    assert "On 40 posts kept apart" in page
    assert "<td>2</td><td>0.68</td>" in page
    assert "too few to tell" in page
    PopularityModel.objects.all().delete()
    assert "Nothing was learned yet" in alice_client.get("/dank/popularity/").content.decode()
