"""The whole drawn world from one seed: every meme with its file, its answer sheet and where it was posted."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from mse_site.demo.captions import write_title, write_words
from mse_site.demo.communities import AUTHORS, SOURCES, Community, DrawnSource, choose_names
from mse_site.demo.layouts import LAYOUTS, SIZES, Brief, Composition
from mse_site.demo.popularity import draw_upvotes
from mse_site.demo.scenes import Scene, choose_scene
from mse_site.demo.truth import Truth, read_truth

# The two years that the posts are spread over end here.
# What the demo draws.
SEED = 0
COUNT = 600

NEWEST = datetime(2026, 6, 30, 18, 0, tzinfo=UTC)
SPAN_DAYS = 730
# Of the posts that could be: a repost of an earlier one, or an earlier one's picture with other words.
REPOST_SHARE, RECAPTION_SHARE, NSFW_SHARE = 0.07, 0.06, 0.02
# The running joke of this world, a cat in space and not a word about it: every 41st post from the 13th on.
JOKE_EVERY, JOKE_FIRST = 41, 13
CLIP_EVERY = 28  # every 28th post is a clip: GIF, WebP and MP4 in turn, MP4 seldom
LAYOUT_SHARES = {"macro": 0.3, "plain": 0.2, "reaction": 0.18, "comparison": 0.14, "labels": 0.1, "poster": 0.08}


class Kind(StrEnum):
    """How the file came to be."""

    PICTURE = "picture"
    REPOST = "repost"
    RECAPTION = "recaption"
    CLIP = "clip"
    HUGE = "huge"  # opens, but is far larger than any screen
    BOMB = "bomb"  # claims a size that must be refused
    TRUNCATED = "truncated"
    NOT_A_PICTURE = "not a picture"
    EMPTY = "empty"


# Files that no demo should be without, and from which post on each stands in for an ordinary picture.
ODD_ONES: dict[int, tuple[Kind, str]] = {
    90: (Kind.TRUNCATED, ".jpg"),
    170: (Kind.HUGE, ".png"),
    230: (Kind.NOT_A_PICTURE, ".png"),
    310: (Kind.BOMB, ".png"),
    390: (Kind.EMPTY, ".gif"),
    450: (Kind.TRUNCATED, ".png"),
}
UNREADABLE = frozenset({Kind.BOMB, Kind.TRUNCATED, Kind.NOT_A_PICTURE, Kind.EMPTY})


@dataclass(frozen=True, slots=True)
class Posting:
    """Where and when a meme was seen."""

    source: str
    community: str
    author: str
    title: str
    posted_at: datetime
    upvotes: int
    is_nsfw: bool


@dataclass(frozen=True, slots=True)
class DrawnMeme:
    """One file of the library."""

    number: int
    path: str  # below the library's folder, one subfolder a source
    kind: Kind
    composition: Composition
    truth: Truth
    posting: Posting
    origin: int | None = None  # the number of the meme that this one copies
    seed: int = 0  # of whatever the file's making leaves to chance

    @property
    def suffix(self) -> str:
        return self.path[self.path.rindex(".") :]

    @property
    def is_readable(self) -> bool:
        return self.kind not in UNREADABLE


class World:
    """The memes of one seed, in the order in which they are written; the first n do not depend on how many follow."""

    def __init__(self, seed: int = 0, count: int = 600) -> None:
        self.seed = seed
        self.memes: list[DrawnMeme] = []
        for number in range(count):
            self.memes.append(self._make(number))

    def _make(self, number: int) -> DrawnMeme:
        # A text as seed is hashed the same way by every Python; each meme has its own, so none moves the others.
        rng = random.Random(f"{self.seed}/{number}")
        source = SOURCES[number % len(SOURCES)]
        community = rng.choices(source.communities, [community.members for community in source.communities])[0]
        kind, suffix = self._choose_kind(number, rng)
        is_joke = number % JOKE_EVERY == JOKE_FIRST
        if is_joke and kind in (Kind.REPOST, Kind.RECAPTION):
            kind = Kind.PICTURE
        origin = self._choose_origin(kind, rng)
        if origin is None:
            kind = Kind.PICTURE if kind in (Kind.REPOST, Kind.RECAPTION) else kind
            composition = joke(rng) if is_joke else compose(community, rng)
        else:
            composition = origin.composition if kind == Kind.REPOST else recaption(origin.composition, rng)
        truth = read_truth(composition, is_moving=kind == Kind.CLIP)
        return DrawnMeme(
            number=number,
            path=f"{source.slug}/{community.name}-{number:04d}{suffix}",
            kind=kind,
            composition=composition,
            truth=truth,
            posting=self._post(source, community, truth, origin if kind == Kind.REPOST else None, rng),
            origin=None if origin is None else origin.number,
            seed=rng.getrandbits(32),
        )

    def _choose_kind(self, number: int, rng: random.Random) -> tuple[Kind, str]:
        suffix = rng.choices((".jpg", ".png", ".webp"), (0.68, 0.2, 0.12))[0]
        drawn = rng.random()
        if number in ODD_ONES:
            return ODD_ONES[number]
        if number % CLIP_EVERY == CLIP_EVERY - 1:
            turn = number // CLIP_EVERY
            return Kind.CLIP, ".mp4" if turn % 7 == 3 else (".webp" if turn % 3 == 2 else ".gif")
        if drawn < REPOST_SHARE:
            return Kind.REPOST, ".jpg"
        return (Kind.RECAPTION if drawn < REPOST_SHARE + RECAPTION_SHARE else Kind.PICTURE), suffix

    def _choose_origin(self, kind: Kind, rng: random.Random) -> DrawnMeme | None:
        earlier = [meme for meme in self.memes if meme.kind == Kind.PICTURE]
        if kind == Kind.RECAPTION:
            earlier = [meme for meme in earlier if meme.truth.words]
        if kind not in (Kind.REPOST, Kind.RECAPTION) or not earlier:
            return None
        return rng.choice(earlier)

    def _post(
        self, source: DrawnSource, community: Community, truth: Truth, original: DrawnMeme | None, rng: random.Random
    ) -> Posting:
        posted_at = NEWEST - timedelta(seconds=rng.randrange(SPAN_DAYS * 86_400))
        if original is not None:
            # A copy comes after what it copies.
            posted_at = original.posting.posted_at + (NEWEST - original.posting.posted_at) * rng.uniform(0.02, 0.6)
        return Posting(
            source=source.slug,
            community=community.name,
            author=rng.choice(AUTHORS),
            title=write_title(truth.names, truth.places, rng),
            posted_at=posted_at.replace(microsecond=0),
            upvotes=draw_upvotes(truth, community, rng, is_repost=original is not None),
            is_nsfw=rng.random() < NSFW_SHARE,
        )


def compose(community: Community, rng: random.Random) -> Composition:
    """A picture as this community would make it."""
    layout = rng.choices(list(LAYOUT_SHARES), list(LAYOUT_SHARES.values()))[0]
    count = 2 if layout == "comparison" else rng.choices((1, 2, 3), (0.48, 0.4, 0.12))[0]
    names = choose_names(community, count, rng)
    scenes = [_choose_place(community, rng) for _ in range(2)]
    brief = Brief(names, scenes, write_words(layout, list(names), rng), rng.choice(SIZES))
    return LAYOUTS[layout](brief, rng)


def joke(rng: random.Random) -> Composition:
    """A cat in space, without words: what only a search by meaning finds."""
    scene = Scene(rng.getrandbits(32), place="space")
    return LAYOUTS["plain"](Brief(["cat"], [scene], (), rng.choice(SIZES)), rng)


def recaption(composition: Composition, rng: random.Random) -> Composition:
    """The same picture with other words in the same places, as templates are used."""
    names = [placement.name for placement in composition.placements]
    fresh: Sequence[str] = ()
    while not any(fresh):
        fresh = write_words(composition.layout, names, rng)
    spoken = [text for text in fresh if text]
    words = [
        replace(lettering, words=text.upper() if lettering.words.isupper() else text)
        for lettering, text in zip(composition.words, spoken, strict=False)
    ]
    return replace(composition, words=tuple(words))


def _choose_place(community: Community, rng: random.Random) -> Scene:
    if rng.random() < 0.3:
        return Scene(rng.getrandbits(32), place=rng.choice(community.places))
    return choose_scene(rng, place_share=0.35)
