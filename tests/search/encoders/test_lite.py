"""Searches by words and by looks, with no weights at all."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from search.encoders import Picture, load
from search.encoders.lite import DIMS, NAMED, NOTHING_SAID
from search.encoders.palette import LOOKS, SWATCHES
from tests.search.encoders.promises import assert_keeps_its_promises, assert_unit_rows

LITE = load("lite")
CAPTIONS = [
    "when the build finally passes",
    "grumpy monday",
    "nobody expects the printer to work",
    "me explaining the plot to my dog",
    "red pandas are just spicy raccoons",
    "cats do not have owners",
    "monday again already",
]


def scene(seed: int, size: tuple[int, int] = (400, 300)) -> Image.Image:
    draw_random = random.Random(seed)
    image = Image.new("RGB", size, _colour(draw_random))
    draw = ImageDraw.Draw(image)
    for _ in range(draw_random.randint(2, 5)):
        x, y = draw_random.randrange(size[0]), draw_random.randrange(size[1])
        box = (x, y, x + draw_random.randint(40, 160), y + draw_random.randint(40, 160))
        draw_random.choice([draw.ellipse, draw.rectangle])(box, fill=_colour(draw_random))
    return image


def _colour(draw_random: random.Random) -> tuple[int, int, int]:
    return draw_random.randrange(256), draw_random.randrange(256), draw_random.randrange(256)


def spot(background: str, colour: str) -> Picture:
    image = Image.new("RGB", (300, 300), background)
    ImageDraw.Draw(image).ellipse((80, 80, 200, 200), fill=colour)
    return Picture(image)


def ranking(query: str, pictures: list[Picture]) -> list[int]:
    scores = LITE.encode_pictures(pictures) @ LITE.encode_texts([query])[0]
    return [int(i) for i in np.argsort(-scores)]


def similarity(one: str, other: str) -> float:
    first, second = LITE.encode_texts([one, other])
    return float(first @ second)


def test_lite_keeps_the_promises_of_every_encoder() -> None:
    assert_keeps_its_promises(LITE)
    assert (LITE.spec, LITE.revision, LITE.dims, LITE.reads_text) == ("lite", "lite-1", DIMS, True)


@given(st.lists(st.text(), max_size=3))
def test_any_text_has_a_vector(texts: list[str]) -> None:
    assert_unit_rows(LITE.encode_texts(texts), len(texts), DIMS)


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_in_a_picture_has_a_vector(text: str) -> None:
    assert_unit_rows(LITE.encode_pictures([Picture(Image.new("RGB", (9, 9), "teal"), text)]), 1, DIMS)


def test_lone_surrogates_and_endless_texts_have_vectors() -> None:
    assert_unit_rows(LITE.encode_texts(["\ud800 name.jpg", "x" * 1_000_000, "y " * 500_000]), 3, DIMS)


@pytest.mark.parametrize("text", ["", "  \n", "?!...", "\u200b"])
def test_a_text_without_words_points_away_from_every_picture(text: str) -> None:
    vector = LITE.encode_texts([text])[0]
    assert vector[NOTHING_SAID] == 1
    pictures = [Picture(scene(seed), CAPTIONS[seed % len(CAPTIONS)]) for seed in range(10)]
    assert not (LITE.encode_pictures(pictures) @ vector).any()


def test_blue_ranks_wordless_blue_pictures_above_pictures_without_blue() -> None:
    colours = ["blue", "navy", "skyblue", "red", "green", "yellow", "hotpink", "black", "saddlebrown", "orange"]
    pictures = [spot(background, colour) for colour in colours for background in ("white", "black", "gray")]
    pictures += [Picture(scene.image, caption) for scene, caption in zip(pictures[9:], CAPTIONS, strict=False)]
    assert set(ranking("blue", pictures)[:9]) == set(range(9))


def test_the_word_blue_is_found_too() -> None:
    pictures = [Picture(Image.new("RGB", (60, 60), "white"), caption) for caption in [*CAPTIONS, "feeling blue today"]]
    assert ranking("blue", pictures)[0] == len(CAPTIONS)


@pytest.mark.parametrize("colour", SWATCHES)
def test_every_colour_name_finds_its_colour(colour: str) -> None:
    typical = [Picture(Image.new("RGB", (50, 50), f"#{codes[0]}")) for codes in SWATCHES.values()]
    assert ranking(colour, typical)[0] == list(SWATCHES).index(colour)


@pytest.mark.parametrize(
    ("synonym", "look"),
    [
        ("navy", "blue"),
        ("azure", "blue"),
        ("crimson", "red"),
        ("gray", "grey"),
        ("Colorful", "colourful"),
        ("landscape", "wide"),
        ("portrait", "tall"),
        ("black and white", "monochrome"),
        ("Black & White", "monochrome"),
    ],
)
def test_a_synonym_asks_for_the_same_look(synonym: str, look: str) -> None:
    named = LITE.encode_texts([synonym])[0][NAMED]
    assert [LOOKS[i] for i in np.flatnonzero(named)] == [look]


def test_moods_and_shapes_find_what_they_name() -> None:
    night, snow = Picture(Image.new("RGB", (80, 80), "#10101a")), Picture(Image.new("RGB", (80, 80), "#f4f4ff"))
    bands = Image.new("RGB", (80, 80))
    for i, colour in enumerate(["red", "yellow", "lime", "blue", "magenta"]):
        bands.paste(colour, (16 * i, 0, 16 * i + 16, 80))
    rainbow, grey = Picture(bands), Picture(Image.linear_gradient("L").convert("RGB"))
    assert ranking("dark", [snow, rainbow, night])[0] == 2
    assert ranking("bright", [night, rainbow, snow])[0] == 2
    assert ranking("colourful", [night, snow, grey, rainbow])[0] == 3
    assert ranking("black and white", [night, rainbow, grey])[0] == 2
    banner, poster, tile = (Picture(Image.new("RGB", size, "teal")) for size in [(300, 100), (100, 300), (200, 200)])
    for word, best in {"wide": 0, "tall": 1, "square": 2}.items():
        assert ranking(word, [banner, poster, tile])[0] == best


def test_words_find_the_picture_that_says_them_whatever_its_colours() -> None:
    for seed in range(20):
        pictures = [Picture(scene(seed + i), caption) for i, caption in enumerate(CAPTIONS)]
        pictures += [Picture(scene(100 + seed + i)) for i in range(20)]
        assert ranking("grumpy monday", pictures)[0] == CAPTIONS.index("grumpy monday")


def test_a_minus_sign_can_push_a_colour_away() -> None:
    pictures = LITE.encode_pictures([spot("blue", "red"), spot("blue", "white"), spot("white", "red")])
    blue, red = LITE.encode_texts(["blue", "red"])
    assert np.argmax(pictures @ (blue - red)) == 1


@pytest.mark.parametrize("typo", ["grumy monday", "grumpy mnoday", "grumppy mondays", "GRUMPY M0NDAY"])
def test_a_typo_still_finds_the_words(typo: str) -> None:
    pictures = [Picture(Image.new("RGB", (60, 60), "white"), caption) for caption in CAPTIONS]
    assert ranking(typo, pictures)[0] == CAPTIONS.index("grumpy monday")


@pytest.mark.parametrize(
    ("query", "caption"),
    [
        ("日曜日", "憂鬱な日曜日の朝"),
        ("猫", "怒った猫"),
        ("แมว", "แมวขี้เกียจ"),
        ("고양이", "게으른 고양이가"),
        ("naive cafe", "Naïve CAFÉ"),
        ("ſtraße", "STRASSE"),
        ("wide", "ＷＩＤＥ"),
        ("😂", "lol 😂😂"),
    ],
)
def test_words_are_found_in_any_script_and_spelling(query: str, caption: str) -> None:
    others = ["火曜日なし", "犬が好き", "หมาน่ารัก", "강아지", "nothing at all", "Straight", "wi-fi", "🐸"]
    pictures = [Picture(Image.new("RGB", (60, 60), "white"), text) for text in [*others, caption]]
    assert ranking(query, pictures)[0] == len(others)


def test_kana_that_differ_by_a_voicing_mark_are_different_words() -> None:
    assert similarity("が", "か") < 0.9


def test_common_words_say_little() -> None:
    assert similarity("the cat", "cat") > 0.9
    assert abs(similarity("the cat", "the dog")) < 0.2
    assert similarity("to be or not to be", "to be or not to be") == pytest.approx(1, abs=1e-5)


def test_saying_it_again_adds_little() -> None:
    assert similarity("cat " * 50 + "dog", "dog") > 0.15


def test_a_copy_of_a_wordless_picture_is_its_nearest_neighbour() -> None:
    originals = [scene(seed) for seed in range(100)]
    library = LITE.encode_pictures([Picture(image) for image in originals])
    for i, image in enumerate(originals):
        buffer = io.BytesIO()
        image.resize((233, 175)).save(buffer, "JPEG", quality=50)
        copy = LITE.encode_pictures([Picture(Image.open(buffer).convert("RGB"))])[0]
        assert np.argmax(library @ copy) == i


def test_a_template_with_other_words_is_nearer_than_another_picture_with_other_words() -> None:
    query, same_template, other = LITE.encode_pictures(
        [Picture(scene(1), CAPTIONS[0]), Picture(scene(1), CAPTIONS[3]), Picture(scene(2), CAPTIONS[3])]
    )
    assert query @ same_template > query @ other + 0.1
