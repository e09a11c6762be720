"""Memes found by their words: what comes first, what is left out, and how little a strange query costs."""

import time

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from search import filters, grams, tiers, words
from search.models import Meme
from search.query import MAX_LENGTH, ExactTerm, Query, TextTerm, parse, speakable
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def said(*texts: str, **facts: object) -> None:
    for number, text in enumerate(texts):
        rows(1, start=1000 + Meme.objects.count() + number, title="", text=text, **facts)


def ranked(user: User, text: str, depth: int = 100) -> list[str]:
    ids = words.rank(Meme.objects.visible_to(user), parse(text), depth)
    memes = Meme.objects.in_bulk(ids)
    return [memes[pk].text or memes[pk].title for pk in ids]


def quoted(user: User, text: str) -> list[str]:
    found = Meme.objects.visible_to(user).filter(filters.condition(user, parse(text)))
    return list(found.order_by("pk").values_list("text", flat=True))


def test_words_as_typed_come_before_their_other_forms_and_these_before_longer_words(alice: User) -> None:
    said("concatenated", "catalogue", "a cat", "two cats", "dogs")
    assert ranked(alice, "cats") == ["two cats", "a cat"]
    assert ranked(alice, "cat") == ["a cat", "two cats", "catalogue", "concatenated"]
    assert ranked(alice, "cat", depth=2) == ["a cat", "two cats"]


def test_all_words_come_before_some_and_rare_words_count_for_more(alice: User) -> None:
    said("grumpy", *["monday"] * 5, "a monday so grumpy", "grumpy monday")
    found = ranked(alice, "grumpy monday")
    assert found == ["grumpy monday", "a monday so grumpy", "grumpy", *["monday"] * 5]
    query = parse("grumpy monday")
    assert len(words.rank(Meme.objects.visible_to(alice), query, 100, only_all=True)) == 2


def test_words_close_together_in_a_short_text_come_first(alice: User) -> None:
    said("grumpy " + "so what " * 20 + "monday", "a grumpy monday, " + "so what " * 20, "oh grumpy monday")
    assert [len(text) for text in ranked(alice, "grumpy monday")] == [16, 177, 173]


@pytest.mark.parametrize("text", ["by:search.tiers", 'tag:"search.tiers"', 'tag:"/* of the tier */ %s"'])
def test_no_filter_can_be_taken_for_the_place_of_a_tier(alice_client: Client, alice: User, text: str) -> None:
    said("two cats", "two cats and dogs")

    def found(query: str) -> list[str]:
        answer = alice_client.get("/api/v1/search", {"q": query})
        assert answer.status_code == 200
        return [hit["meme"]["text"] for hit in answer.json()["results"]]

    assert found(f"cats dogs -{text} width:>=1") == ["two cats and dogs", "two cats"]
    assert found(f"cats dogs {text} width:>=1") == []


def test_common_words_are_asked_for_only_where_there_are_no_others(alice: User) -> None:
    said("cat mat", "the", "to be or not to be")
    assert ranked(alice, "the cat on the mat") == ["cat mat"]
    assert ranked(alice, "to be or not to be") == ["to be or not to be"]


def test_of_quoted_words_one_tier_finds_everything(alice: User) -> None:
    said("monday so grumpy", "oh grumpy monday", "a grumpy monday here", "grumpy, monday")
    for text in ('"grumpy monday"', '"grumpy" "monday"', '"the grumpy"^0 monday', '"grumpy"^0'):
        query = parse(text)
        matching = Meme.objects.filter(filters.condition(alice, query))
        plain = Query(tuple(TextTerm(term.text) for term in query.terms if isinstance(term, TextTerm | ExactTerm)))
        assert words.rank(matching, query, 10) == words.rank(matching, plain, 10)


def test_titles_are_searched_too(alice: User) -> None:
    rows(1, title="distracted boyfriend")
    assert ranked(alice, "boyfriends") == ["distracted boyfriend"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("RE16 TGK", "re16"),
        ("XRE16TGK", "RE16"),
        ("XRE16TGK", '"RE16"^0 tgk'),
        ("XRE-16.TGK", "RE-16.T"),
        ("黒猫はかわいい", "猫"),
        ("黒猫はかわいい", "猫は"),
        ("黒猫は\nかわいい", "猫はかわいい"),
        ("고양이가 좋아", "고양이"),
        ("ｶﾞﾝﾀﾞﾑ", "ガンダム"),
        ("Ünïcödé", "unicode"),
        ("ПРИВЕТ мир", "привет"),
        ("السلام عليكم", "السلام"),
        ("so funny 😂😂", "😂"),
        ("ＲＥ１６", "RE16"),
    ],
)
def test_codes_and_words_without_spaces_are_found_inside_of_others(alice: User, text: str, query: str) -> None:
    said(text, "something else", "犬はいい")
    assert ranked(alice, query) == [text]


def test_of_a_sentence_without_spaces_the_meme_that_says_most_of_it_comes_first(alice: User) -> None:
    said("犬はかわいい", "猫はかわいい", "黒い猫", "something else")
    assert ranked(alice, "かわいい黒い猫")[-1] == "犬はかわいい"
    assert "something else" not in ranked(alice, "かわいい黒い猫")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('"RE16"^0', ["XRE16TGK"]),
        ('"re16tg"^0', ["XRE16TGK"]),
        ('-"RE16"', ["concatenated", "猫はかわいい", "cat"]),
        ('"cat"^0', ["cat"]),
        ('"猫"^0', ["猫はかわいい"]),
        ('"猫は かわいい"^0', ["猫はかわいい"]),
        ('-"かわいい"', ["XRE16TGK", "concatenated", "cat"]),
    ],
)
def test_quoted_codes_and_words_without_spaces_count_inside_of_others(
    alice: User, query: str, found: list[str]
) -> None:
    said("XRE16TGK", "concatenated", "猫はかわいい", "cat")
    assert quoted(alice, query) == found


def test_a_part_of_a_word_does_not_begin_in_the_title_and_end_in_the_text(alice: User) -> None:
    rows(1, title="RE", text="16")
    rows(1, start=1, title="猫", text="犬")
    assert ranked(alice, "RE16") == []
    assert quoted(alice, '"猫犬"^0') == []


def test_a_meme_that_says_what_is_refused_is_left_out(alice: User) -> None:
    said("cats and dogs", "cats and birds", "cats and a dog", "hot summers and hot cats")
    assert ranked(alice, "cats -dogs") == ["cats and birds", "hot summers and hot cats"]
    assert "cats and dogs" in ranked(alice, 'cats -about:"hot dogs"')
    assert "hot summers and hot cats" not in ranked(alice, 'cats -about:"hot summer"')


def test_what_others_keep_private_is_not_ranked(alice: User, bob: User) -> None:
    rows(1, bob, text="grumpy XRE16TGK")
    assert ranked(alice, "grumpy") == ranked(alice, "RE16") == []
    assert len(ranked(bob, "RE16")) == 1


def test_without_positive_words_there_is_nothing_to_rank(alice: User) -> None:
    said("cats", "...")
    for text in ("type:image", "like:1", '-"cats"', "... !? --", "cats^0"):
        assert ranked(alice, text) == []
    assert ranked(alice, "cats", depth=0) == []
    assert words.rank(Meme.objects.none(), parse("cats"), 10) == []


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"word{number}" for number in range(10_000)),
        "x" * 1_000_000,
        "猫" * 1_000_000,
        "cats\x00dogs",
        "cats \ud800 \udfff",
        "!'\\ ':* & | <-> ( ) %s %(x)s \" ; --",
        "don't c'est l'été O'Neil\\",
        "http://example.org/a?b=c user@example.org /usr/bin 1e308 -5.0",
        "😂" * 500,
        "\u202eevil\u202c שלום עולם",
        "\u0301\u0301\u0301 e\u0301",
        "ﷺ" * 2000,
        "\x1f \x1fab\x1f",
    ],
    ids=ascii,
)
def test_strange_texts_are_ranked_and_quoted_without_error_or_delay(alice: User, text: str) -> None:
    said("cats and dogs", "猫" * 6000, "word1 word2")
    visible = Meme.objects.visible_to(alice)
    started = time.process_time()
    words.rank(visible, Query((TextTerm(text), TextTerm(text[:100] + "x", -1.0))), 500)
    phrase = speakable(text)[:MAX_LENGTH].strip()
    list(visible.filter(filters.condition(alice, Query((ExactTerm(phrase),)))))
    assert time.process_time() - started < 2


def test_strange_memes_are_taken_in() -> None:
    said("\x1f\x1f", "ﷺ" * 6000, "x" * 100_000, "猫" * 100_000, "👨\u200d👩\u200d👧" * 100, "\u202e" * 10, " ")
    assert Meme.objects.filter(grams.contains("猫猫")).count() == 1


def test_a_word_that_everything_says_makes_no_more_than_the_newest_be_put_in_order(alice: User) -> None:
    rows(tiers.CANDIDATES + 50, text="everything is everywhere")
    found = words.rank(Meme.objects.visible_to(alice), parse("everything"), 100)
    assert len(found) == 100
    assert min(Meme.objects.order_by("-pk").values_list("pk", flat=True)[: tiers.CANDIDATES]) <= min(found)


def test_a_ranking_asks_a_bounded_number_of_questions(alice: User) -> None:
    said("cats and dogs")
    with CaptureQueriesContext(connection) as asked:
        ranked(alice, " ".join(f"word{number}" for number in range(200)))
    assert len(asked) == 2  # those with all words, tier by tier; and those with some


@pytest.mark.parametrize("part", ["RE16", "grumpy monday", "猫", "猫はか"])
def test_parts_of_words_are_found_by_an_index(part: str) -> None:
    rows(2000, text="something else")
    with connection.cursor() as cursor:
        cursor.execute("analyze search_meme")
    plan = Meme.objects.filter(grams.contains(part)).order_by("-pk")[:60].explain()
    assert "Bitmap Index Scan on meme_grams" in plan


@pytest.mark.parametrize("word", ["RE16", "tacos", "burger", "burgers", "cheeseburger"])
def test_a_word_of_any_length_is_found_where_it_stands_and_not_by_its_pieces(alice: User, word: str) -> None:
    pieces = [word[at : at + 3] for at in range(len(word) - 2)]
    said(f"x{word.upper()}y", f"oh {word.lower()}z", " ".join(pieces), word[:-1], word[1:])
    found = Meme.objects.filter(grams.contains(word)).order_by("pk")
    assert list(found.values_list("text", flat=True)) == [f"x{word.upper()}y", f"oh {word.lower()}z"]
