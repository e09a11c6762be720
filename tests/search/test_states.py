"""Who may move a meme from which state to which, and that two who do it at once agree."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

from search import states
from search.models import Meme
from search.states import RULES, Action
from tests.search.asking import rows

ALLOWED = {
    "active": {"hide", "trash", "lose"},
    "hidden": {"show", "trash"},
    "trashed": {"restore", "purge", "readmit"},
    "missing": {"find", "trash"},
    "purged": {"readmit"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("origin", Meme.State.values)
@pytest.mark.parametrize("action", list(Action))
def test_only_the_allowed_moves_happen(origin: str, action: Action) -> None:
    (meme,) = rows(1, state=origin)
    moved = states.move_one(meme, action)
    assert moved == (action.value in ALLOWED[origin])
    assert meme.state == (RULES[action].target if moved else origin)
    assert not moved or meme.moved_from == origin


@pytest.mark.django_db
def test_a_private_meme_is_its_owners_and_a_shared_one_the_curators(alice: User, bob: User, charlie: User) -> None:
    (shared,), (hers,) = rows(1), rows(1, alice, start=1)
    everybody = (alice, bob, charlie, AnonymousUser())
    assert [states.open_to(user, shared) for user in everybody] == [set(), set(), {"hide", "trash"}, set()]
    assert [states.open_to(user, hers) for user in everybody] == [{"trash"}, set(), set(), set()]
    assert [Meme.objects.in_charge(user).count() for user in everybody] == [1, 0, 1, 0]
    assert set(Meme.objects.in_charge(alice)) == {hers}


@pytest.mark.django_db
def test_what_was_hidden_is_hidden_again_when_it_is_restored(charlie: User) -> None:
    hidden, active = rows(2)
    states.move_one(hidden, Action.HIDE, charlie)
    for meme in (hidden, active):
        states.move_one(meme, Action.TRASH, charlie)
        assert meme.moved_by == charlie
        states.move_one(meme, Action.RESTORE, charlie)
    assert (hidden.state, active.state) == ("hidden", "active")


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_moves_each_meme() -> None:
    memes = rows(20)
    moved: list[list[int]] = []
    together = Barrier(4)

    def at_once(action: Action) -> Callable[[], None]:
        def run() -> None:
            together.wait()
            moved.append(states.move(Meme.objects.all(), action))
            connection.close()

        return run

    threads = [Thread(target=at_once(action)) for action in (Action.HIDE, Action.HIDE, Action.LOSE, Action.LOSE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(pk for ids in moved for pk in ids) == sorted(meme.pk for meme in memes)
