"""How good a taste is: measured on what never taught it, on the page, over HTTP and in files."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from rating import evaluation, held_out
from rating.models import Axis, DeepAxis, QueueItem, Taste
from search.models import EmbeddingSpace
from tests.rating import bending, tasting
from tests.rating.curation import queueing

pytestmark = pytest.mark.django_db
PAGE, API = "/tastes/useful/evaluation/", "/api/v1/rating/tastes/useful/evaluation"


@pytest.fixture
def liked(alice: User, axes: list[Axis]) -> dict[int, float]:
    """What she likes; she has told of 80 pairs, and kept or rejected the thirty best."""
    found = queueing.planted(alice, axes[0])
    made = queueing.filled(alice, axes[0], private_to=alice)
    middle = sorted(found.values())[len(found) // 2]
    for item in QueueItem.objects.filter(queue=made):
        queueing.say(alice, item, "keep" if found[item.meme_id] > middle + 0.4 else "reject")
    return found


def hers(alice: User) -> Taste:
    return Taste.objects.get(owner=alice)


def test_a_planted_taste_is_found_good_on_memes_that_never_taught_it(alice: User, liked: dict[int, float]) -> None:
    found = evaluation.evaluate(alice, hers(alice))
    assert found.verdicts.count == 30
    assert found.verdicts.auroc is not None
    assert found.verdicts.auroc.value > 0.6
    assert found.comparisons["tested"] > 10
    assert found.comparisons["accuracy"]["value"] > 0.6
    (histogram,) = [plot for plot in found.plots if plot.name == "histogram"]
    assert [(mark.x, mark.label) for mark in histogram.marks] == [(50.0, "daily")]


def test_what_is_said_of_a_part_of_the_library_does_not_change_with_answers_about_it(
    alice: User, axes: list[Axis]
) -> None:
    queueing.planted(alice, axes[0])
    asked = held_out.direction(alice, hers(alice))
    memes = asked.said.memes[asked.said.folds == 0].tolist()
    before = {one.meme_id: one.score for one in asked.standings(memes)}
    inside = [int(meme) for meme in memes[:2]]
    tasting.tell(alice, axes[0], {inside[0]: 9.0, inside[1]: 0.0}, 1)
    after = {one.meme_id: one.score for one in held_out.direction(alice, hers(alice)).standings(memes)}
    assert after == pytest.approx(before)


def test_the_last_word_on_a_meme_counts_and_skips_do_not(alice: User, axes: list[Axis]) -> None:
    queueing.planted(alice, axes[0])
    one, other = (queueing.queue(alice, axes[0], private_to=alice, name=name) for name in ("one", "two"))
    of_one, of_other = queueing.listed(one, 3), queueing.listed(other, 3)
    queueing.say(alice, of_one[0], "keep")
    queueing.say(alice, of_other[0], "reject")
    queueing.say(alice, of_one[1], "skip")
    queueing.say(alice, of_one[2], "keep")
    assert held_out.verdicts(alice, alice, axes[0]) == {of_one[0].meme_id: False, of_one[2].meme_id: True}
    assert held_out.verdicts(alice, alice, axes[1]) == {}


def test_networks_are_asked_about_memes_of_which_nothing_had_been_said(alice: User, axes: list[Axis]) -> None:
    space = tasting.small_library(80)
    liked = tasting.scores(space)
    first, rest = ({meme: liked[meme] for meme in part} for part in (sorted(liked)[:60], sorted(liked)[60:]))
    bending.answer(alice, axes[0], first, 100)
    version = bending.trained(alice, axes[0], space)
    taught = held_out.taught(version)
    assert 0 < len(taught) <= 60
    bending.answer(alice, axes[0], rest, 20, seed=8)
    asked = held_out.version(alice, version)
    assert {one.meme_id for one in asked.standings(sorted(liked))} == set(liked) - taught
    assert len(asked.answered()) == 20
    assert evaluation.evaluate(alice, hers(alice), 1).version == 1

    EmbeddingSpace.objects.filter(pk=space.pk).update(state=EmbeddingSpace.State.RETIRED)
    with pytest.raises(held_out.NotMeasurable, match="retired"):
        held_out.version(alice, DeepAxis.objects.select_related("taste__space").get())


def test_the_page_and_the_api_tell_the_same_numbers(
    alice: User, alice_client: Client, liked: dict[int, float], tmp_path: Path
) -> None:
    page = alice_client.get(PAGE).content.decode()
    told: dict[str, Any] = alice_client.get(API).json()
    assert told["verdicts"]["count"] == 30
    assert f"{told['verdicts']['auroc']['value']:.3f}" in page
    assert page.count("<figure") == len(told["plots"]) == 7
    for kind in ("svg", "png"):
        call_command("evaluate", "Alice", "useful", out=tmp_path / kind, format=kind)
        assert {path.stem for path in (tmp_path / kind).glob(f"*.{kind}")} == {plot["name"] for plot in told["plots"]}
        assert json.loads((tmp_path / kind / "evaluation.json").read_text()) == told
    assert (tmp_path / "svg/roc.svg").read_text().startswith("<?xml")
    assert (tmp_path / "png/roc.png").read_bytes().startswith(b"\x89PNG")


def test_without_verdicts_or_a_taste_it_is_said_so(
    alice: User, alice_client: Client, axes: list[Axis], tmp_path: Path
) -> None:
    assert alice_client.get(PAGE).status_code == 404
    assert alice_client.get(API).status_code == 404
    with pytest.raises(CommandError, match="Nothing is known"):
        call_command("evaluate", "alice", "useful", out=tmp_path)
    for user, axis in (("nobody", "useful"), ("alice", "nothing")):
        with pytest.raises(CommandError, match="There is no"):
            call_command("evaluate", user, axis, out=tmp_path)
    queueing.planted(alice, axes[0])
    assert "keep or reject memes of a queue" in alice_client.get(PAGE).content.decode()
    assert alice_client.get(API).json()["verdicts"]["auroc"] is None
    for junk in ("version=7", "version=x", "version=99999999999", "owner=%00", "owner=everyone"):
        assert alice_client.get(f"{PAGE}?{junk}").status_code == 404
        assert alice_client.get(f"{API}?{junk}").status_code in (400, 404)
    with pytest.raises(CommandError, match="no such version"):
        call_command("evaluate", "alice", "useful", out=tmp_path, networks=7)


def test_somebody_elses_taste_is_told_of_only_when_it_is_shared(
    alice: User, bob: User, liked: dict[int, float]
) -> None:
    bob_client = Client()
    bob_client.force_login(bob)
    assert bob_client.get(f"{PAGE}?owner=alice").status_code == 404
    assert bob_client.get(f"{API}?owner=alice").status_code == 404
    Taste.objects.update(is_shared=True)
    assert "alice finds" in bob_client.get(f"{PAGE}?owner=alice").content.decode()
    told = bob_client.get(f"{API}?owner=alice").json()
    assert told["verdicts"]["count"] == 0, "her own queue is nobody else's business"
    assert told["comparisons"]["tested"] > 0
