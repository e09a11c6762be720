"""What people type becomes terms, filters and an order."""

from datetime import date

import pytest

from search.query import (
    MAX_LENGTH,
    AverageTerm,
    BadQuery,
    Bounds,
    ExactTerm,
    Filter,
    LikeTerm,
    PictureTerm,
    Query,
    Sort,
    TextTerm,
    VectorTerm,
    parse,
)


def filters(text: str) -> tuple[Filter, ...]:
    return parse(text).filters


# --- terms ---------------------------------------------------------------------------------------------------------


def test_words_in_a_row_are_one_text() -> None:
    assert parse("  cats in   space ") == Query((TextTerm("cats in space"),))
    assert parse("cats -dogs in type:video space").terms == (TextTerm("cats in space"), TextTerm("dogs", -1.0))


def test_a_minus_sign_turns_a_word_into_its_opposite() -> None:
    assert parse("cats -dogs") == Query((TextTerm("cats"), TextTerm("dogs", -1.0)))


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("grumpy^1.5", TextTerm("grumpy", 1.5)),
        ("grumpy^.5", TextTerm("grumpy", 0.5)),
        ("cats -dogs^0.5", TextTerm("dogs", -0.5)),
        ("cats dogs^-0.5", TextTerm("dogs", -0.5)),
        ("grumpy^0", TextTerm("grumpy", 0.0)),
        ('about:"angry dogs"^2', TextTerm("angry dogs", 2.0)),
        ("like:12^1e1", LikeTerm(12, 10.0)),
        ("cats -like:7", LikeTerm(7, -1.0)),
        ('"hello world"^0', ExactTerm("hello world", 0.0)),
        ('average:"my best"', AverageTerm("my best")),
        ("picture:https://example.org/a,b.png?x=1^0.5", PictureTerm("https://example.org/a,b.png?x=1", 0.5)),
        ("picture:0123456789abcdef", PictureTerm("0123456789abcdef")),
        ("vector:ADwAvA==", VectorTerm(b"\x00\x3c\x00\xbc")),
    ],
)
def test_every_kind_of_term_has_a_weight(text: str, term: object) -> None:
    assert parse(text).terms[-1] == term


def test_quoted_words_must_occur_or_must_not() -> None:
    query = parse('grumpy "hello world" -"good bye"')
    assert query.terms == (TextTerm("grumpy"), ExactTerm("hello world"), ExactTerm("good bye", -1.0))
    assert (query.phrases, query.banned) == (("hello world",), ("good bye",))
    assert query.directions == query.terms[:2]


def test_the_quotation_marks_of_telephones_quote_too() -> None:
    assert parse("“hello world” in:“my best”") == parse('"hello world" in:"my best"')


def test_a_backslash_lets_a_quotation_mark_stand_in_a_quotation() -> None:
    assert parse(r'"say \"hi\" in C:\temp \\"').phrases == ('say "hi" in C:\\temp \\',)


@pytest.mark.parametrize(
    "text",
    ["like:", "-", "--", "->", '"', '"unclosed words', "a-b", "^_^", "^2", "12:30", "http://x.org/a?b=c", "re:zero",
     "life:hack", "port:8080", "source: trust me", "C:\\type"],
)  # fmt: skip
def test_what_is_not_syntax_is_text(text: str) -> None:
    assert parse(text) == Query((TextTerm(text),))


@pytest.mark.parametrize("text", ["", "   ", '""', '"  "', '-""', "\x00"])
def test_nothing_asked_is_an_empty_query(text: str) -> None:
    assert parse(text).is_empty()


def test_what_cannot_be_stored_is_replaced() -> None:
    assert parse("a\ud800b") == Query((TextTerm("a\ufffdb"),))


# --- filters and order ---------------------------------------------------------------------------------------------


def test_filters_stand_beside_the_terms() -> None:
    query = parse("cats type:video nsfw:no sort:new")
    assert query == Query((TextTerm("cats"),), (Filter("type", ("video",)), Filter("nsfw", ("no",))), Sort("new"))


def test_filters_alone_are_a_query() -> None:
    assert not parse("type:video").is_empty()
    assert parse("type:video").directions == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("type:Video,image,video", ("video", "image")),
        ("kind:image", ("image",)),
        ('source:a,"b, c",d', ("a", "b, c", "d")),
        ("by:Tealeaf", ("Tealeaf",)),
        ('in:"my \\"best\\""', ('my "best"',)),
        ("before:2026", (date(2026, 1, 1),)),
        ("after:2026-3", (date(2026, 3, 1),)),
        ("before:2026-01-15", (date(2026, 1, 15),)),
        ("width:1000", (Bounds(1000, 1000),)),
        ("width:>=1000", (Bounds(1000, None),)),
        ("width:>1000", (Bounds(1001, None),)),
        ("height:<500", (Bounds(None, 499),)),
        ("height:800..1200", (Bounds(800, 1200),)),
        ("size:<=1.5MB", (Bounds(None, 1_500_000),)),
        ("size:500kb..2m", (Bounds(500_000, 2_000_000),)),
    ],
)
def test_values_are_read_as_what_they_are(text: str, values: tuple[object, ...]) -> None:
    assert filters(text)[0].values == values


def test_a_minus_sign_turns_a_filter_around() -> None:
    assert filters("-tag:y tag:x") == (Filter("tag", ("y",), is_negated=True), Filter("tag", ("x",)))


@pytest.mark.parametrize("text", ["sort:random-7", "SORT:Random-7"])
def test_a_random_order_can_be_kept(text: str) -> None:
    assert parse(text).sort == Sort("random", 7)


# --- what is refused -----------------------------------------------------------------------------------------------

BAD = {
    # text: where it is wrong, and a part of what is said
    "cats type:vidoe": (10, "image, animation or video"),
    "type:image,": (10, "missing"),
    "type:,image": (5, "missing"),
    "like:x": (5, "the number of a meme"),
    "like:9999999999999999999": (5, "the number of a meme"),
    "before:2026-13": (7, "2026-01-15"),
    "before:soon": (7, "a year"),
    "before:2026-02-30": (7, "a year"),
    "width:big": (6, "pixels"),
    "width:>=1e3": (6, "pixels"),
    "width:>1000000000": (6, "pixels"),
    "width:9..1": (6, "pixels"),
    "width:<0": (6, "pixels"),
    "size:2MB": (5, ">2MB"),
    "size:>2XB": (5, ">2MB"),
    "size:>" + "9" * 1000: (5, ">2MB"),
    "nsfw:maybe": (5, "no, only or any"),
    "has:cheezburger": (4, "text, sound or title"),
    "sort:best": (5, "random-7"),
    "sort:new-7": (5, "random-7"),
    "cats sort:new sort:old": (14, "only once"),
    "nsfw:no nsfw:any": (8, "only once"),
    "-nsfw:no": (0, "minus sign"),
    "-before:2026": (0, "minus sign"),
    "-sort:new": (0, "minus sign"),
    "type:video^2": (10, "weight"),
    'in:"my best"^2': (12, "weight"),
    'in:"my best': (3, "never closed"),
    'in:""': (3, "the name of a collection"),
    'about:" "': (6, "some words"),
    "sourc:reddit": (0, "“source:”"),
    "cats -sorce:reddit": (6, "“source:”"),
    "colection:x": (0, "“in:”"),
    "tpye:video": (0, "“type:”"),
    "picture:cat.png": (8, "token"),
    "picture:ftp://example.org/cat.png": (8, "token"),
    "vector:!": (7, "embedding"),
    "vector:AAA": (7, "embedding"),  # all zero
    "vector:AHw": (7, "embedding"),  # infinite
    "vector:AH4": (7, "embedding"),  # not a number
    "vector:ADwA": (7, "embedding"),  # one and a half numbers
    "grumpy^nan": (7, "number between -100 and 100"),
    "grumpy^inf": (7, "number between -100 and 100"),
    "cats grumpy^1e308": (12, "number between -100 and 100"),
    "cats^100.1": (5, "number between -100 and 100"),
    "cats -dogs^-1": (11, "minus sign before"),
    '-"good bye"^0.5': (12, "no weight"),
    "-dogs": (0, "Add something to look for"),
    "type:video -dogs -like:3": (11, "Add something to look for"),
}


@pytest.mark.parametrize(
    ("text", "position", "said"), [(text, *wrong) for text, wrong in BAD.items()], ids=lambda x: str(x)[:20]
)
def test_what_cannot_be_read_is_refused_at_its_character(text: str, position: int, said: str) -> None:
    with pytest.raises(BadQuery) as refused:
        parse(text)
    assert refused.value.position == position
    assert said in str(refused.value)


def test_a_value_that_is_too_long_to_show_is_cut() -> None:
    with pytest.raises(BadQuery) as refused:
        parse("like:" + "x" * 1500)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("length", [MAX_LENGTH + 1, 1_000_000])
@pytest.mark.parametrize("letter", ["x", " ", '"', "“"])
def test_a_query_that_is_too_long_is_refused_with_its_length(length: int, letter: str) -> None:
    with pytest.raises(BadQuery, match=str(length)) as refused:
        parse(letter * length)
    assert refused.value.position == MAX_LENGTH


def test_a_raw_vector_may_be_longer_than_what_people_type() -> None:
    text = "vector:" + "ADwA" * 1000
    assert len(text) > MAX_LENGTH
    assert len(parse(text).terms) == 1


def test_ten_thousand_terms_are_refused() -> None:
    with pytest.raises(BadQuery, match="characters"):
        parse("-w " * 10_000)
    with pytest.raises(BadQuery, match="terms; this one has 100") as refused:
        parse(" ".join(f"w{number}^2" for number in range(100)))
    assert refused.value.position == sum(len(f"w{number}^2 ") for number in range(32))


def test_too_many_filters_are_refused() -> None:
    with pytest.raises(BadQuery, match="filters; this one has 100"):
        parse(" ".join(f"tag:t{number}" for number in range(100)))
