"""Filtered searches of a larger library against a plain loop over all of it, with the sidecar and without it."""

import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.contrib.auth.models import User

from search import retrieval, spaces
from search.models import Collection, CollectionEntry, Embedding, Meme, Sighting, Source, Tag, Tagging
from search.query import Query, VectorTerm, parse
from tests.search.asking import rows

COUNT = 1500
DIMS = 512
ROUNDING = 2e-3  # of cosines, between 16 and 32 bits
ROUNDS = 60

# What a filter says, once for the parser and once as plain Python.
SAYS: dict[str, Callable[[Meme], bool]] = {
    "type:video": lambda meme: meme.kind == "video",
    "-type:image": lambda meme: meme.kind != "image",
    "type:image,animation": lambda meme: meme.kind in ("image", "animation"),
    "width:>=1500": lambda meme: meme.width >= 1500,
    "width:<30": lambda meme: meme.width < 30,  # nearly none
    "height:100..1900": lambda meme: 100 <= meme.height <= 1900,
    "size:>900kB": lambda meme: meme.size_bytes > 900_000,
    "size:<=10kB": lambda meme: meme.size_bytes <= 10_000,
    "has:text": lambda meme: meme.text != "",
    "-has:text": lambda meme: meme.text == "",
    "has:sound": lambda meme: meme.has_sound,
    "nsfw:no": lambda meme: not meme.is_nsfw,
    "nsfw:only": lambda meme: meme.is_nsfw,
    "tag:even": lambda meme: meme.pk % 2 == 0,
    "-tag:rare": lambda meme: meme.pk % 100 != 0,
    "tag:rare": lambda meme: meme.pk % 100 == 0,
    '"this is fine"^0': lambda meme: "this is fine" in meme.text,
    '-"this is fine"': lambda meme: "this is fine" not in meme.text,
    'in:"my best"': lambda meme: meme.pk % 7 == 0,
    '-in:"my best"': lambda meme: meme.pk % 7 != 0,
    "before:2024": lambda meme: meme.dated_at < datetime(2024, 1, 1, tzinfo=UTC),
    "after:2025-03-01": lambda meme: meme.dated_at >= datetime(2025, 3, 1, tzinfo=UTC),
}
# And of the posts that it was seen in: what is asked for together has to be true of one of them.
SEEN: dict[str, Callable[[Sighting], bool]] = {
    "source:reddit": lambda post: post.source.name == "Reddit",
    "by:tealeaf": lambda post: post.author == "Tealeaf",
    "community:cats,dogs": lambda post: post.community in ("cats", "dogs"),
}
NOT_SEEN: dict[str, Callable[[Sighting], bool]] = {
    '-source:"old pictures"': lambda post: post.source.name == "Old pictures",
    "-by:bob": lambda post: post.author == "bob",
    "-community:dogs": lambda post: post.community == "dogs",
}


@dataclass(frozen=True)
class Library:
    memes: dict[int, Meme]
    vectors: dict[int, np.ndarray]
    posts: dict[int, list[Sighting]]

    def fits(self, pk: int, said: list[str]) -> bool:
        posts, wanted = self.posts[pk], [SEEN[text] for text in said if text in SEEN]
        return (
            all(SAYS[text](self.memes[pk]) for text in said if text in SAYS)
            and not any(NOT_SEEN[text](post) for text in said if text in NOT_SEEN for post in posts)
            and (not wanted or any(all(holds(post) for holds in wanted) for post in posts))
        )


@pytest.fixture
def large(transactional_db: None, alice: User, bob: User) -> Library:
    """Memes with facts and vectors drawn by lot; a third is bob's own."""
    lot = random.Random(0)
    for start in range(0, COUNT, 100):
        is_bobs, is_clip = lot.random() < 0.3, lot.random() < 0.2
        facts = {
            "kind": "video" if is_clip else lot.choice(["image", "image", "animation"]), "has_sound": is_clip,
            "text": lot.choice(["", "", "this is fine", "fine, this is"]), "is_nsfw": lot.random() < 0.1,
        }  # fmt: skip
        rows(100, bob if is_bobs else None, start=start, **facts)
    memes = list(Meme.objects.all())
    for meme in memes:
        meme.width, meme.height, meme.size_bytes = lot.randint(1, 2000), lot.randint(1, 2000), lot.randint(1, 1_000_000)
        meme.dated_at = datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=lot.randint(0, 3 * 8766))
    Meme.objects.bulk_update(memes, ["width", "height", "size_bytes", "dated_at"])
    for name, every in (("even", 2), ("rare", 100)):
        tag = Tag.objects.create(name=name)
        Tagging.objects.bulk_create(Tagging(tag=tag, meme=meme) for meme in memes if meme.pk % every == 0)
    best = Collection.objects.create(owner=alice, name="my best")
    CollectionEntry.objects.bulk_create(
        CollectionEntry(collection=best, meme=meme) for meme in memes if meme.pk % 7 == 0
    )
    return Library({meme.pk: meme for meme in memes}, embed(memes), posted(memes, lot))


def posted(memes: list[Meme], lot: random.Random) -> dict[int, list[Sighting]]:
    """Up to three posts of each, so that what is said of two of them is true of none."""
    sources = [
        Source.objects.create(kind=Source.Kind.FEED, name="Reddit", root="r"),
        Source.objects.create(kind=Source.Kind.FOLDER, name="Old pictures", root="/srv/old"),
    ]
    posts = {
        meme.pk: [
            Sighting(
                meme=meme, source=lot.choice(sources), locator=f"{meme.pk}-{number}",
                author=lot.choice(["Tealeaf", "bob", ""]), community=lot.choice(["cats", "dogs", "birds", ""]),
            )
            for number in range(lot.randint(0, 3))
        ]
        for meme in memes
    }  # fmt: skip
    Sighting.objects.bulk_create(post for several in posts.values() for post in several)
    return posts


def embed(memes: list[Meme]) -> dict[int, np.ndarray]:
    drawn = np.random.default_rng(0).standard_normal((len(memes), DIMS), np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    space = spaces.ensure("lite")
    Embedding.objects.bulk_create(
        Embedding(space=space, meme=meme, vector=vector) for meme, vector in zip(memes, drawn, strict=True)
    )
    return {meme.pk: vector for meme, vector in zip(memes, drawn, strict=True)}


@pytest.fixture(params=["sidecar", "postgres"])
def large_backend(request: pytest.FixtureRequest, large: Library) -> str:
    if request.param == "sidecar":
        request.getfixturevalue("sidecar").wait_for_everything()
    return str(request.param)


def test_every_filter_finds_what_a_loop_over_everything_finds(large_backend: str, large: Library, alice: User) -> None:
    lot, first = random.Random(1), [*SAYS, *SEEN, *NOT_SEEN]  # each alone once
    drawn = np.random.default_rng(1).standard_normal((ROUNDS, DIMS), np.float32)
    for direction in drawn / np.linalg.norm(drawn, axis=1, keepdims=True):
        said = lot.sample([*SAYS, *SEEN, *NOT_SEEN], lot.choice([0, 1, 1, 2, 2, 3]))
        if first:
            said = [first.pop()]
        offset, limit = lot.choice([(0, 60), (0, 60), (60, 60), (300, 20)])
        query = Query(
            (VectorTerm(struct.pack(f"<{DIMS}e", *direction)), *parse(" ".join(said)).terms),
            parse(" ".join(said)).filters,
        )
        page = retrieval.search(alice, query, offset=offset, limit=limit)
        assert page.backend == large_backend
        check(page, expected(large, said, direction), offset, limit, said=said)


def expected(large: Library, said: list[str], direction: np.ndarray) -> dict[int, float]:
    """Everything alice may find, with its closeness."""
    fitting = [pk for pk, meme in large.memes.items() if meme.private_to_id is None and large.fits(pk, said)]
    return {pk: float(large.vectors[pk] @ direction) for pk in fitting}


def check(page: retrieval.Results, expected: dict[int, float], offset: int, limit: int, *, said: list[str]) -> None:
    found = [hit.meme.pk for hit in page.hits]
    best = sorted(expected.values(), reverse=True)
    assert set(found) <= set(expected), said
    assert len(set(found)) == min(limit, max(0, len(expected) - offset)), said
    assert np.allclose([expected[pk] for pk in found], best[offset : offset + limit], atol=ROUNDING), said
    assert page.next_offset == (offset + limit if len(expected) > offset + limit else None), said
