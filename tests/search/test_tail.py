"""Where results become weak: on drawn numbers, and on both encoders that need no download."""

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from mse_site.demo.model import MODEL_FOLDER
from search.encoders import Encoder, Picture, load
from search.sidecar.background import measure
from search.sidecar.terms import Background
from search.tail import FEWEST_SAMPLED, LARGEST_CHANCE_SHARE, cut, normal_tail
from tests.benchmarks.demo_model import see
from tests.benchmarks.demo_pictures import Drawn, draw_library_like

DICE = np.random.default_rng(3)


def descending(*parts: np.ndarray) -> np.ndarray:
    return np.sort(np.concatenate(parts))[::-1]


def test_the_tail_of_the_normal_distribution_is_the_published_one() -> None:
    assert normal_tail(np.array([0.0, 1.0, 1.959964, 3.090232])) == pytest.approx(
        [0.5, 0.158655, 0.025, 0.001], rel=1e-4
    )


def test_a_worked_example() -> None:
    # Of 100 memes chance brings 0.135 to 3 deviations, 2.275 to 2 and 15.87 to 1.
    background = Background(centre=0.0, spread=0.1, sampled=10**12, total=100)
    assert cut(np.array([0.3, 0.1]), background, 100) == 1
    assert cut(np.array([0.2, 0.1]), background, 100) == 0
    assert cut(np.array([0.3, 0.2, 0.2, 0.2, 0.2, 0.1]), background, 100) == 5
    assert LARGEST_CHANCE_SHARE == 0.5


@pytest.mark.parametrize("count", [1000, 100_000])
def test_chance_alone_is_seldom_strong(count: int) -> None:
    found = []
    for _ in range(40):
        scores = DICE.normal(0.1, 0.03, count)
        found.append(cut(descending(scores)[:2000], measure(scores[:1024], count), count))
    assert np.median(found) <= 1
    assert np.mean([strong is not None and strong > 20 for strong in found]) < 0.1


@pytest.mark.parametrize("count", [1000, 100_000])
def test_what_stands_out_is_strong_however_large_the_library(count: int) -> None:
    about = DICE.normal(0.35, 0.01, 50)
    chance = DICE.normal(0.1, 0.03, count - 50)
    scores = descending(chance, about)
    strong = cut(scores[:2000], measure(DICE.permutation(scores)[:1024], count), count)
    assert strong is not None
    assert 50 <= strong <= 110  # as many again may be chance


def test_a_score_becomes_weak_when_more_are_searched() -> None:
    background = Background(0.1, 0.03, 10**12, 0)
    scores = np.array([0.1 + 3.2 * 0.03])
    assert cut(scores, background, 300) == 1
    assert cut(scores, background, 100_000) == 0


def test_scale_and_shift_change_nothing() -> None:
    scores = descending(DICE.normal(0, 1, 900), DICE.normal(5, 1, 30))
    one = cut(scores, measure(scores, 930), 930)
    moved = scores * 0.02 + 0.7
    assert cut(moved, measure(moved, 930), 930) == one


def test_of_a_few_memes_nothing_can_be_told() -> None:
    scores = np.linspace(0.5, 0.1, FEWEST_SAMPLED - 1)
    assert cut(scores, measure(scores, len(scores)), len(scores)) is None


def test_where_all_score_the_same_nothing_stands_out() -> None:
    scores = np.full(100, 0.25)
    assert cut(scores, measure(scores, 100), 100) == 0
    assert cut(np.array([0.5, *scores]), measure(scores, 100), 101) == 1


# --- real encoders -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures() -> list[Drawn]:
    return draw_library_like()


@dataclass(frozen=True)
class Separated:
    """Means over queries: precision of the strong results and of the next twenty, share of what is right that is strong."""

    above: float
    below: float
    kept: float
    some: float  # share of queries with any strong result


def separated(encoder: Encoder, vectors: np.ndarray, truth: dict[str, np.ndarray]) -> Separated:
    above, below, kept = [], [], []
    for query, is_right in truth.items():
        scores = vectors @ encoder.encode_texts([query])[0]
        order = np.argsort(-scores)
        strong = cut(scores[order], measure(scores, len(scores)), len(scores))
        assert strong is not None
        below.append(is_right[order[strong : strong + 20]].mean())
        kept.append(is_right[order[:strong]].sum() / is_right.sum())
        if strong:
            above.append(is_right[order[:strong]].mean())
    return Separated(*(float(np.mean(of_each)) for of_each in (above, below, kept)), len(above) / len(truth))


def test_on_the_demos_model_strong_results_are_right_far_more_often(pictures: list[Drawn]) -> None:
    model = load(f"openclip:local-dir:{MODEL_FOLDER}", device="cpu", threads=1)
    (vectors,) = see([model], pictures)
    names = {name for one in pictures for name in one.truth.names}
    truth = {name: np.array([name in one.truth.names for one in pictures]) for name in sorted(names)}
    truth = {name: is_right for name, is_right in truth.items() if is_right.sum() >= 3}
    found = separated(model, vectors, truth)
    # What looks like it is strong too, rightly: of a cat's strong results some are lions.
    assert found.above > 8 * found.below
    assert found.below < 0.1
    assert found.kept > 0.7
    assert found.some > 0.9
    nonsense = ["quantum entanglement", "zzxqv", "municipal sewage regulation", "SELECT * FROM users"]
    for scores in model.encode_texts(nonsense) @ vectors.T:
        strong = cut(np.sort(scores)[::-1], measure(scores, len(scores)), len(scores))
        assert strong is not None
        assert strong <= 3


def test_on_lite_strong_results_are_right_far_more_often(pictures: list[Drawn]) -> None:
    lite = load("lite")
    said = ["\n".join(one.truth.words) for one in pictures]
    blank = np.zeros((4, 4, 3), np.uint8)

    vectors = lite.encode_pictures([Picture(Image.fromarray(blank), text) for text in said])
    spoken = [set(text.lower().split()) for text in said]
    words = sorted({word for one in spoken for word in one if word.isalpha() and len(word) > 4})
    truth = {word: np.array([word in one for one in spoken]) for word in words}
    found = separated(lite, vectors, truth)
    assert found.above > 0.5
    assert found.below < 0.02
    assert found.some > 0.95
