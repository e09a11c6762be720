from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from search import history, preferences
from search.concepts import activating, candidates, claims, curating, files, learning, naming, reading
from search.concepts.inheriting import inherit
from search.concepts.learning import Turn
from search.models import Concept, ConceptActivations, ConceptModel, EmbeddingSpace, Meme
from search.sae import BadCheckpoint, Schedule
from tests.search.concepts.learned import DIMS, known, vectors
from tests.search.planted import plant, plant_space
from tests.search.sae.conftest import one_thread

__all__ = ["one_thread"]


SHORT = Turn(schedule=Schedule(steps=150))  # what is planted is simple


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path / "data"


def library(count: int = 300) -> EmbeddingSpace:
    """Of memes that came a while ago."""
    space = plant_space(dims=DIMS)
    plant(space, vectors(count))
    settle()
    return space


def settle() -> None:
    Meme.objects.update(created_at=timezone.now() - timedelta(hours=1))


@pytest.mark.django_db
def test_what_is_learned_stands_for_what_was_planted_and_shows_nobodys_own_memes(alice: User) -> None:
    space = plant_space(dims=DIMS)
    shared = plant(space, vectors(600))
    hers = plant(space, vectors(30, seed=1), owner=alice)
    assert not claims.is_due(space)  # more may be coming
    settle()
    turns = 0
    while learning.learn_next(replace(SHORT, seconds=0.1)):
        turns += 1
    model = reading.active()
    assert model is not None
    assert turns > 1  # it was stopped and taken up
    assert (model.memes, model.latents, model.step) == (600, 64, model.steps)
    best = ConceptModel.objects.get(pk=model.pk).facts["curve"][-1]
    assert best["unexplained"] < best["components"] < 1
    for concept in Concept.objects.filter(model=model).select_related("portrait"):
        portrait = concept.portrait
        assert set(portrait.strongest) | set(portrait.farthest) <= set(shared)
        assert sum(portrait.histogram) == round(concept.frequency * 600)
    assert not claims.folder_of(model.pk).exists()
    assert ConceptActivations.objects.filter(model=model).count() == 600
    assert activating.fill() == 30  # her own, for her page alone
    assert reading.seen_in(model, Meme.objects.get(pk=hers[0]))
    assert not claims.is_due(space)


@pytest.mark.django_db
def test_a_library_that_never_rests_is_learned_again_when_it_has_grown_by_half() -> None:
    space = plant_space(dims=DIMS)
    plant(space, vectors(449))
    known(space, memes=300)
    assert not claims.is_due(space)
    plant(space, vectors(1, seed=1))
    assert claims.is_due(space)


@pytest.mark.django_db
@pytest.mark.parametrize("bad", ["few", "constant"])
def test_what_cannot_be_learned_from_fails_with_its_reason_and_the_old_concepts_stay(bad: str) -> None:
    space = plant_space(dims=DIMS)
    old = known(space)
    plant(space, vectors(300) if bad == "few" else np.repeat(vectors(1), 300, axis=0))
    asked = claims.ask(space)
    if bad == "few":
        Meme.objects.filter(pk__in=Meme.objects.order_by("pk").values("pk")[:100]).update(state="trashed")
    assert not learning.learn_next(SHORT)
    asked.refresh_from_db()
    assert asked.state == "failed"
    assert asked.fault == {
        "few": "200 memes are too few to learn concepts from.",
        "constant": "All vectors are the same: there is nothing to tell apart.",
    }[bad]  # fmt: skip
    assert reading.active() == old
    assert not claims.is_due(space)  # the same would happen again
    with pytest.raises(claims.TooFew, match="256 memes or more"):
        claims.ask(plant_space(name="empty", state="building"))


@pytest.mark.django_db
def test_a_space_that_is_retired_while_its_concepts_are_learned_keeps_none() -> None:
    library()
    assert learning.learn_next(replace(SHORT, seconds=0.01))
    EmbeddingSpace.objects.update(state="retired")
    assert not learning.learn_next(SHORT)
    model = ConceptModel.objects.get()
    assert (model.state, reading.active()) == ("failed", None)
    assert "retired" in model.fault


@pytest.mark.django_db
def test_whoever_was_overtaken_keeps_nothing() -> None:
    library()
    mine = claims.take_next()
    assert mine is not None
    assert claims.take_next() is None  # somebody is at it
    ConceptModel.objects.update(leased_until="2020-01-01T00:00:00Z")
    theirs = claims.take_next()
    assert theirs == mine
    with pytest.raises(claims.Overtaken):
        claims.hold(mine, 5)
    claims.hold(theirs, 5)
    ConceptModel.objects.update(leased_until="2020-01-01T00:00:00Z", attempts=claims.MAX_ATTEMPTS)
    assert claims.take_next() is None
    assert "died" in ConceptModel.objects.get().fault


@pytest.mark.django_db
def test_weights_that_are_gone_or_of_another_space_are_refused_and_break_nothing() -> None:
    space, other = library(), plant_space(dims=DIMS, name="other", state="building")
    while learning.learn_next(SHORT):
        pass
    model = ConceptModel.objects.get()
    with pytest.raises(BadCheckpoint, match="planted 1, not of other 1"):
        files.read(ConceptModel(space=other, file=model.file))
    files.drop(model.file)
    files._read.cache_clear()
    with pytest.raises(BadCheckpoint, match="gone"):
        files.read(model)
    plant(space, vectors(2, seed=5))
    assert activating.fill() == 0
    assert reading.active() == model


@pytest.mark.django_db
def test_what_curators_said_outlives_the_concepts_that_they_said_it_of(
    django_capture_on_commit_callbacks: Any,
) -> None:
    space = library(600)
    while learning.learn_next(SHORT):
        pass
    old = reading.active()
    one, two, three = Concept.objects.order_by("latent")[:3]
    curating.rename(one, "Tabby  cat")
    curating.hide(two)
    curating.merge(three, one)
    assert old is not None
    claims.ask(space)
    with django_capture_on_commit_callbacks(execute=True):
        while learning.learn_next(SHORT):
            pass
    new = reading.active()
    assert new is not None
    assert (new.pk > old.pk, new.step) == (True, new.steps)
    files._read.cache_clear()
    assert new.file == old.file  # the same memes: what the new ones need is not dropped with the old
    assert files.read(new).model.config.latents == new.latents
    tabby = Concept.objects.get(model=new, label="tabby cat")
    assert (tabby.latent, tabby.given_name) == (one.latent, "tabby cat")
    assert Concept.objects.get(model=new, is_hidden=True).latent == two.latent
    assert Concept.objects.get(model=new, merged_into=tabby).latent == three.latent
    assert not Concept.objects.filter(model=old).exists()


@pytest.mark.django_db
def test_what_was_said_of_concepts_that_have_become_one_hides_and_makes_no_circles() -> None:
    space = plant_space(dims=DIMS)
    old, new = known(space, state="retired"), known(space)
    cat, grumpy, dog, fourth, _ = Concept.objects.filter(model=old).order_by("latent")
    hidden, shown = cat.direction, dog.direction
    Concept.objects.filter(pk__in=[grumpy.pk, fourth.pk]).update(direction=hidden)
    Concept.objects.filter(pk=dog.pk).update(direction=shown, merged_into=cat)
    Concept.objects.filter(pk=grumpy.pk).update(merged_into=None, is_hidden=True)
    Concept.objects.filter(pk=cat.pk).update(given_name="tabby")
    other = Concept.objects.create(model=old, latent=7, label="other", frequency=0.1, direction=shown, merged_into=None)
    Concept.objects.filter(pk=fourth.pk).update(merged_into=other)
    inherit(new)
    heirs = Concept.objects.filter(model=new)
    tabby = heirs.get(label="tabby")
    assert (tabby.latent, tabby.is_hidden) == (cat.latent, True)
    # Each of the two was merged into what is now the other: neither can be.
    assert not heirs.exclude(merged_into=None).exists()


@pytest.mark.django_db
def test_a_learning_that_failed_leaves_nothing_behind_nor_does_one_that_another_machine_ended() -> None:
    library()
    assert learning.learn_next(replace(SHORT, seconds=0.01))
    model = ConceptModel.objects.get()
    ConceptActivations.objects.create(model=model, meme=Meme.objects.all()[0], packed=b"")
    elsewhere = claims.folder_of(model.pk + 1)
    elsewhere.mkdir(parents=True)
    claims.forget_old_work()
    assert (claims.folder_of(model.pk).exists(), elsewhere.exists()) == (True, False)
    claims.fail(model, "Somebody stopped it.")
    assert not claims.folder_of(model.pk).exists()
    assert not ConceptActivations.objects.exists()


@pytest.mark.django_db
def test_what_keeps_going_wrong_is_told_without_the_places_of_files(settings: Any, tmp_path: Any) -> None:
    library()
    (tmp_path / "data").write_text("a file where a folder has to be")
    for _ in range(claims.MAX_ATTEMPTS):
        with pytest.raises(NotADirectoryError):
            learning.learn_next(SHORT)
        ConceptModel.objects.update(leased_until="2020-01-01T00:00:00Z")
    assert not learning.learn_next(SHORT)
    model = ConceptModel.objects.get()
    assert model.fault == "Given up: the worker died on it 5 times. The last time: Not a directory."


@pytest.mark.django_db
def test_the_command_learns_to_the_end_or_says_why_not(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="Nothing here has been read yet"):
        call_command("train_concepts")
    space = library(200)
    with pytest.raises(CommandError, match="256 memes or more; 200"):
        call_command("train_concepts")
    plant(space, vectors(100, seed=2))
    call_command("train_concepts", "--if-due")
    call_command("train_concepts", "--steps", "60")
    said = capsys.readouterr()
    assert said.out.startswith("Nothing is due.\n64 concepts of 300 memes, ")
    assert "60/60" in said.err


@pytest.mark.django_db
def test_private_titles_and_searches_that_were_not_lent_name_nothing(alice: User, bob: User) -> None:
    space = library(12)
    plant(space, vectors(12, seed=1), owner=alice)
    some = list(Meme.objects.filter(private_to=None).values_list("pk", flat=True)[:3])
    Meme.objects.update(title="")
    Meme.objects.filter(pk__in=some).update(title="Grumpy cat on a table")
    Meme.objects.filter(private_to=alice).update(title="my secret diary", text="more secrets")
    history.remember(alice, "plain words -other type:video")
    history.remember(bob, "lent words")
    preferences.keep(bob, nsfw="show", lends_searches=True)
    named = candidates.candidates(["blue"])
    assert set(named) == {"blue", "lent words", "grumpy", "cat", "table", "grumpy cat"}


def test_a_name_is_good_if_it_fits_better_than_others_and_no_two_are_the_same() -> None:
    names = [f"word{number}x{number}" for number in range(40)]
    words = np.eye(40, dtype=np.float32)
    fits = naming.fit(words[:3] + 0.01, names, words)
    assert [(one.name, one.is_good) for one in fits] == [(name, True) for name in names[:3]]
    assert not naming.fit(np.ones((1, 40), np.float32), names, words)[0].is_good
    assert naming.labels([fits[0], fits[0], naming.Fit("x", 1.0, 0.0)], [4, 5, 6]) == [
        names[0],
        f"{names[0]}-2",
        "unnamed-6",
    ]
