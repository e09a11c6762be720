import math
import random
import statistics

from mse_site.demo.communities import SOURCES
from mse_site.demo.popularity import EFFECTS, draw_upvotes
from mse_site.demo.truth import Truth, weigh
from mse_site.demo.world import Kind, World

COMMUNITY = SOURCES[0].communities[0]


def draw_many(truth: Truth, *, is_repost: bool = False) -> list[int]:
    rng = random.Random(4)
    return [draw_upvotes(truth, COMMUNITY, rng, is_repost=is_repost) for _ in range(3000)]


CAT = Truth(("cat",), (), ("space",), "macro", ())
ANT = Truth(("ant",), ("grey",), (), "plain", ())


def test_what_is_in_the_picture_moves_the_median_by_the_planted_effect() -> None:
    ratio = statistics.median(draw_many(CAT)) / statistics.median(draw_many(ANT))
    assert math.isclose(math.log(ratio), weigh(CAT, EFFECTS) - weigh(ANT, EFFECTS), abs_tol=0.15)


def test_luck_has_a_long_tail() -> None:
    upvotes = draw_many(CAT)
    assert max(upvotes) > 20 * statistics.median(upvotes)


def test_a_repost_gets_fewer() -> None:
    assert statistics.median(draw_many(CAT, is_repost=True)) < 0.6 * statistics.median(draw_many(CAT))


def test_the_effect_shows_in_the_library_itself() -> None:
    memes = [meme for meme in World(seed=0, count=600).memes if meme.kind != Kind.REPOST]
    effects = [weigh(meme.truth, EFFECTS) for meme in memes]
    logs = [math.log(1 + meme.posting.upvotes) for meme in memes]
    assert statistics.correlation(effects, logs) > 0.3
