from collections import Counter
from datetime import timedelta

from mse_site.demo.communities import SOURCES
from mse_site.demo.glyphs import by_name, load_glyphs
from mse_site.demo.layouts import LAYOUTS
from mse_site.demo.scenes import PLACES
from mse_site.demo.world import NEWEST, SPAN_DAYS, Kind, World

WORLD = World(seed=0, count=600)


def test_the_same_seed_gives_the_same_world() -> None:
    assert World(seed=0, count=200).memes == WORLD.memes[:200]


def test_another_seed_gives_another_world() -> None:
    assert World(seed=1, count=20).memes != WORLD.memes[:20]


def test_every_file_has_its_own_path_below_its_source() -> None:
    assert len({meme.path for meme in WORLD.memes}) == 600
    assert all(meme.path.startswith(f"{meme.posting.source}/") for meme in WORLD.memes)


def test_the_first_files_come_from_all_sources() -> None:
    assert {meme.posting.source for meme in WORLD.memes[:4]} == {source.slug for source in SOURCES}


def test_there_are_clips_copies_and_files_that_cannot_be_read() -> None:
    kinds = Counter(meme.kind for meme in WORLD.memes)
    assert kinds[Kind.PICTURE] > 450
    assert kinds[Kind.REPOST] >= 20
    assert kinds[Kind.RECAPTION] >= 20
    assert kinds[Kind.CLIP] >= 15
    assert (kinds[Kind.HUGE], kinds[Kind.BOMB], kinds[Kind.TRUNCATED]) == (1, 1, 2)
    assert sum(not meme.is_readable for meme in WORLD.memes) == 5


def test_clips_are_gifs_webps_and_a_few_videos() -> None:
    suffixes = Counter(meme.suffix for meme in WORLD.memes if meme.kind == Kind.CLIP)
    assert suffixes[".gif"] > suffixes[".webp"] > suffixes[".mp4"] > 0


def test_a_few_posts_are_flagged_as_not_safe_for_work() -> None:
    assert 3 <= sum(meme.posting.is_nsfw for meme in WORLD.memes) <= 30


def test_a_repost_shows_what_its_original_shows_and_comes_later() -> None:
    for meme in WORLD.memes:
        if meme.kind == Kind.REPOST:
            assert meme.origin is not None
            original = WORLD.memes[meme.origin]
            assert meme.composition == original.composition
            assert meme.posting.posted_at > original.posting.posted_at


def test_a_recaption_keeps_the_picture_and_changes_the_words() -> None:
    for meme in WORLD.memes:
        if meme.kind == Kind.RECAPTION:
            assert meme.origin is not None
            original = WORLD.memes[meme.origin].composition
            assert meme.composition.placements == original.placements
            assert meme.composition.panels == original.panels
            assert meme.composition.words


def test_posts_are_spread_over_two_years() -> None:
    times = [meme.posting.posted_at for meme in WORLD.memes]
    assert NEWEST - timedelta(days=SPAN_DAYS) <= min(times) < NEWEST - timedelta(days=SPAN_DAYS - 30)
    assert NEWEST - timedelta(days=30) < max(times) <= NEWEST


def test_answer_sheets_speak_of_what_the_world_knows() -> None:
    for meme in WORLD.memes:
        assert 1 <= len(meme.truth.names) <= 3
        assert all(name in by_name() for name in meme.truth.names)
        assert meme.truth.colours or meme.truth.places
        assert set(meme.truth.places) <= set(PLACES)
        assert meme.truth.layout in LAYOUTS


def test_favourite_subjects_come_up_often_and_every_layout_does() -> None:
    things = Counter(name for meme in WORLD.memes for name in meme.truth.names)
    assert things["cat"] >= 5
    assert len(things) > 250
    assert min(Counter(meme.truth.layout for meme in WORLD.memes).values()) >= 30


def test_some_pictures_have_no_words() -> None:
    assert sum(not meme.truth.words for meme in WORLD.memes) >= 60


def test_communities_are_about_things_and_places_that_exist() -> None:
    communities = [community for source in SOURCES for community in source.communities]
    assert {category for community in communities for category in community.categories} <= {
        g.category for g in load_glyphs()
    }
    assert {place for community in communities for place in community.places} <= set(PLACES)


def test_cats_are_in_space_and_nothing_says_so() -> None:
    jokes = [
        meme for meme in World(seed=0, count=600).memes if meme.truth.names == ("cat",) and "space" in meme.truth.places
    ]
    assert len(jokes) >= 10
    assert not any(meme.truth.words for meme in jokes)
