"""What is not safe for work: who is believed, what vectors say, and that people are shown it as they want."""

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from rating.pool import Pool
from search import nsfw, preferences, retrieval
from search.models import Embedding, Meme, NsfwScore
from search.query import Query, parse
from tests.search.asking import rows
from tests.search.planted import plant_space
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db


def flags(*memes: Meme) -> list[tuple[bool, str]]:
    for meme in memes:
        meme.refresh_from_db()
    return [(meme.is_nsfw, meme.nsfw_origin) for meme in memes]


def test_a_person_is_believed_before_a_source_and_a_source_before_a_score() -> None:
    looked_at, told, unknown = rows(3)
    nsfw.say(looked_at, False)
    assert nsfw.hear([looked_at.pk, told.pk]) == 1
    space = plant_space()
    NsfwScore.objects.bulk_create(
        NsfwScore(meme=meme, space=space, score=value)
        for meme, value in ((looked_at, 0.9), (told, -0.5), (unknown, 0.9))
    )
    nsfw.believe([looked_at.pk, told.pk, unknown.pk])
    assert flags(looked_at, told, unknown) == [(False, "person"), (True, "source"), (True, "score")]
    NsfwScore.objects.update(score=-0.5)
    nsfw.believe([looked_at.pk, told.pk, unknown.pk])
    assert flags(looked_at, told, unknown) == [(False, "person"), (True, "source"), (False, "")]
    nsfw.say(told, False)
    assert nsfw.hear([told.pk]) == 0


class Prompted:
    """An encoder for which unsafe words point along the first axis, and safe ones along the second."""

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        return np.eye(32, dtype=np.float32)[[0 if text in nsfw.UNSAFE else 1 for text in texts]]


def test_a_score_is_the_difference_of_two_cosines_of_the_worst_frame() -> None:
    space = plant_space()
    still, clip, _unread = rows(3)
    axes = np.eye(32, dtype=np.float32)
    for meme, frame, vector in ((still, 0, axes[1]), (clip, 0, axes[1]), (clip, 1, 0.6 * axes[0] + 0.8 * axes[2])):
        Embedding.objects.create(space=space, meme=meme, frame=frame, vector=vector)
    toward = nsfw.direction(Prompted())  # type: ignore[arg-type]  # what it needs of an encoder
    assert sorted(nsfw._score(space, toward)) == [still.pk, clip.pk]
    found = dict(NsfwScore.objects.values_list("meme", "score"))
    assert found == {still.pk: pytest.approx(-1, abs=1e-3), clip.pk: pytest.approx(0.6, abs=1e-3)}
    assert nsfw._score(space, toward) == []
    other = plant_space(name="other", state="building")
    Embedding.objects.create(space=other, meme=still, vector=axes[0])
    assert nsfw._score(other, toward) == [still.pk]
    assert NsfwScore.objects.get(meme=still).score == pytest.approx(1, abs=1e-3)


def test_while_no_score_is_missing_no_encoder_is_asked() -> None:
    plant_space(name="none-such")
    assert nsfw.score() == 0


@pytest.mark.parametrize("wanted", ["hide", "blur", "show"])
def test_every_list_and_queue_follows_the_preference(wanted: str, alice: User) -> None:
    safe, unsafe = take_in(alice, "blue"), take_in(alice, "red")
    index()
    nsfw.say(unsafe, True)
    preferences.keep(alice, nsfw=wanted)
    listed = {safe.pk} if wanted == "hide" else {safe.pk, unsafe.pk}
    client = Client()
    client.force_login(alice)
    in_api = {meme["id"] for meme in client.get("/api/v1/memes").json()["results"]}
    found = {hit.meme.pk for hit in retrieval.search(alice, parse("red")).hits}
    newest = {hit.meme.pk for hit in retrieval.search(alice, Query()).hits}
    similar = {hit.meme.pk for hit in retrieval.similar(alice, safe).hits}
    assert (in_api, found, newest, similar) == (listed, listed, listed, listed - {safe.pk})
    assert set(Pool(alice).memes()) == set(Meme.objects.filter(pk__in=listed))
    wall, page = client.get("/").content.decode(), client.get(unsafe.get_absolute_url()).content.decode()
    assert ("is-veiled" in wall) == (wanted == "blur")
    assert ("is-veiled" in page) == (wanted != "show")
    assert client.get("/rate/").content.decode().count(f'data-nsfw="{wanted}"') == 1


def test_strangers_see_it_blurred(client: Client, settings: Any, alice: User) -> None:
    settings.PUBLIC_LIBRARY = True
    meme = take_in(alice, "blue")
    index()
    nsfw.say(meme, True)
    assert Meme.objects.listed_for(AnonymousUser()).count() == 1
    assert b"is-veiled" in client.get("/").content
