"""Taking answers along, and bringing them in."""

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from rating import comparisons, exchange, forgetting, intake
from rating.models import Axis, Choice, Comparison, FourCandidate, PairCandidate, Taste
from rating.policies import ordered
from rating.records import lines_of
from search.models import Meme
from tests.rating.answering import answer, sent, take, take_four
from tests.rating.tasting import library, scores, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(alice: User, axes: list[Axis], memes: list[Meme]) -> list[dict[str, Any]]:
    """What alice answered: three pairs of which one was taken back, and a four."""
    answer(alice, axes[0], 3, "much_left")
    comparisons.undo(alice)
    (four,) = take_four(alice)
    comparisons.choose(alice, four.token, {axes[1].pk: 2}, sent(took_ms=700))
    return [json.loads(line) for line in exchange.as_jsonl(alice)]


def as_text(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def bring_in(rater: User, text: str, *, is_csv: bool = False) -> intake.Taken:
    """As a file that is handed over."""
    return intake.bring_in(rater, lines_of(io.BytesIO(text.encode()), is_csv=is_csv), is_csv=is_csv)


def essence(rater: User) -> list[tuple[Any, ...]]:
    pairs = Comparison.objects.filter(rater=rater).order_by("pk")
    fours = Choice.objects.filter(rater=rater).order_by("pk")
    same = ("axis", "policy", "is_evaluation", "key", "asked_at", "answered_at", "took_ms", "voided_at")
    return [
        *pairs.values_list("left", "right", "outcome", "is_repeat", *same),
        *fours.values_list("first", "second", "third", "fourth", "best", *same),
    ]


def test_a_line_names_memes_by_their_hash_and_says_what_was_answered(
    told: list[dict[str, Any]], memes: list[Meme]
) -> None:
    assert [line["type"] for line in told] == ["comparison"] * 3 + ["choice"]
    first = told[0]
    assert (first["axis"], first["outcome"], first["voided_at"]) == ("useful", "much_left", None)
    assert {first["left"], first["right"]} <= {meme.sha256 for meme in memes}
    assert told[2]["voided_at"] is not None
    assert (told[3]["best"], len(told[3]["memes"]), told[3]["took_ms"]) == (2, 4, 700)


def test_everything_comes_back_as_it_was_however_often_it_is_brought_in(
    alice: User, told: list[dict[str, Any]]
) -> None:
    before = essence(alice)
    forgetting.forget(alice)
    first = bring_in(alice, as_text(told))
    assert (first.added, first.known, first.bad) == (4, 0, [])
    assert essence(alice) == before
    again = bring_in(alice, as_text(told))
    assert (again.added, again.known, again.bad) == (0, 4, [])
    assert essence(alice) == before


def test_pairs_come_back_from_csv_too(alice: User, bob: User, told: list[dict[str, Any]]) -> None:
    text = "".join(exchange.as_csv(alice))
    assert text.splitlines()[0].startswith("axis,left,right,outcome,answered_at")
    taken = bring_in(bob, text, is_csv=True)
    assert (taken.added, taken.bad) == (3, [])
    theirs = [row.values_list("left", "right", "outcome", "key", "answered_at", "voided_at", "took_ms") for row in (
        Comparison.objects.filter(rater=rater).order_by("pk") for rater in (alice, bob)
    )]  # fmt: skip
    assert list(theirs[0]) == list(theirs[1])


def test_what_was_brought_in_is_not_asked_again(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    waiting = take(alice, 4)
    known = {(pair.left_id, pair.right_id) for pair in waiting}
    hashes = {meme.pk: meme.sha256 for meme in memes}
    lines = [{"axis": "useful", "left": hashes[a], "right": hashes[b], "outcome": "left"} for a, b in known]
    assert bring_in(alice, as_text(lines)).added == 4
    asked = {ordered(pair.left_id, pair.right_id) for pair in take(alice, 16)}
    assert not asked & {ordered(*pair) for pair in known}
    with pytest.raises(comparisons.AlreadyAnswered):
        comparisons.answer(alice, waiting[0].token, {axes[0].pk: "left"}, sent())
    assert PairCandidate.objects.filter(rater=alice, policy="imported").count() == 0


def test_lines_without_a_key_are_known_again_by_their_content(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    line = {"axis": "Useful", "left": memes[0].sha256.upper(), "right": memes[1].sha256, "outcome": "tie"}
    assert bring_in(alice, as_text([line, line])).added == 1
    assert bring_in(alice, as_text([line])).known == 1


def test_what_was_brought_in_is_not_taken_back_by_undo(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    line = {"axis": "useful", "left": memes[0].sha256, "right": memes[1].sha256, "outcome": "tie"}
    bring_in(alice, as_text([line]))
    assert comparisons.undo(alice) is None


BAD: list[tuple[Any, str]] = [
    ("nonsense", "not JSON"),
    ("[1]", "not an object"),
    ("[" * 5000, "not JSON"),
    ("x" * 20_000, "too long"),
    ({"axis": "funny"}, "no axis"),
    ({"axis": None}, "no axis"),
    ({"axis": "\ud800"}, "no axis"),
    ({"outcome": "LEFT"}, "outcome"),
    ({"left": None}, "SHA-256"),
    ({"left": "\x00" * 64}, "SHA-256"),
    ({"left": "f" * 64}, "not in the library"),
    ({"right": f"{0:064x}"}, "2 different memes"),
    ({"answered_at": "yesterday"}, "date"),
    ({"answered_at": "2026-02-30T10:00:00Z"}, "date"),
    ({"answered_at": "2150-01-31T10:00:00Z"}, "future"),
    ({"answered_at": "0001-01-01T00:00:00Z"}, "date"),
    ({"took_ms": -1}, "milliseconds"),
    ({"took_ms": "1e9"}, "milliseconds"),
    ({"is_repeat": "perhaps"}, "true nor false"),
    ({"key": "x"}, "UUID"),
    ({"type": "choice", "memes": ["a"]}, "SHA-256"),
    ({"type": "choice", "memes": [f"{n:064x}" for n in range(4)], "best": 5}, "0 to 4"),
    ({"type": "choice", "memes": [f"{n:064x}" for n in range(4)], "best": True}, "0 to 4"),
]


@pytest.mark.parametrize(("wrong", "reason"), BAD)
def test_a_bad_line_is_told_with_its_number_and_costs_no_other(
    alice: User, axes: list[Axis], memes: list[Meme], wrong: Any, reason: str
) -> None:
    good = {"axis": "useful", "left": memes[0].sha256, "right": memes[1].sha256, "outcome": "left"}
    line = wrong if isinstance(wrong, str) else json.dumps({**good, **wrong})
    taken = bring_in(alice, f"\n{line}\n{json.dumps(good)}\n")
    assert (taken.added, taken.bad_count, [number for number, _ in taken.bad]) == (1, 1, [2])
    assert reason in taken.bad[0][1]


def test_memes_of_others_are_not_in_the_library(alice: User, bob: User, axes: list[Axis], memes: list[Meme]) -> None:
    Meme.objects.filter(pk=memes[0].pk).update(private_to=bob)
    Meme.objects.filter(pk=memes[2].pk).update(state="trashed")
    lines = [
        {"axis": "useful", "left": memes[other].sha256, "right": memes[1].sha256, "outcome": "left"} for other in (0, 2)
    ]
    taken = bring_in(alice, as_text(lines))
    assert (taken.added, taken.bad_count) == (0, 2)


def test_a_broken_table_is_told_where_it_breaks(alice: User, axes: list[Axis], memes: list[Meme]) -> None:
    good = f"useful,{memes[0].sha256},{memes[1].sha256},left"
    taken = bring_in(alice, f"axis,left,right,outcome\n{good}\n{'x' * 200_000}\n", is_csv=True)
    assert (taken.added, taken.bad_count, taken.bad[0][0]) == (1, 1, 3)


def test_forgetting_deletes_everything_of_one_person_and_nothing_of_others(
    alice: User, bob: User, axes: list[Axis], told: list[dict[str, Any]]
) -> None:
    answer(bob, axes[0], 2)
    assert forgetting.forget(alice) == 4
    assert forgetting.forget(alice) == 0
    for kind in (Comparison, Choice, PairCandidate, FourCandidate):
        assert not kind.objects.filter(rater=alice).exists()
    assert Comparison.objects.filter(rater=bob).count() == 2


def test_what_was_brought_in_is_learned_at_once(
    alice: User, bob: User, axes: list[Axis], django_capture_on_commit_callbacks: Any
) -> None:
    tell(alice, axes[0], scores(library()), 12)
    with django_capture_on_commit_callbacks(execute=True):
        bring_in(bob, "".join(exchange.as_jsonl(alice)))
    assert Taste.objects.get(owner=bob).answers == 12
