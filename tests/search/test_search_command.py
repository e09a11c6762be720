"""`manage.py search`."""

import json
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.search.asking import rows

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command("search", *words, stdout=out)
    return out.getvalue()


def test_the_terminal_speaks_the_language_of_the_box() -> None:
    rows(1, kind="video")
    rows(2, start=1)
    assert [line.split()[-2:] for line in run("type:image sort:old").splitlines()] == [["meme", "1"], ["meme", "2"]]


def test_a_query_may_begin_with_a_minus_sign_after_two_dashes() -> None:
    rows(1, kind="video")
    assert run("--", "-type:video") == ""


def test_results_come_as_json_too(alice: User) -> None:
    rows(1, alice)
    found = json.loads(run("type:image", "--json", "--as-user", "alice"))
    assert (found["backend"], [hit["title"] for hit in found["hits"]]) == ("newest", ["meme 0"])
    assert json.loads(run("type:image", "--json"))["hits"] == [], "what alice keeps private is hers"


def test_a_raw_embedding_is_asked_for_beside_the_query() -> None:
    with pytest.raises(CommandError) as refused:
        run("cats", "-e", "AH4")
    assert str(refused.value).startswith("“e” takes an embedding")
    assert "^" not in str(refused.value)
    assert run("", "-e", "ADw^0") == ""  # of no weight: nothing is asked


def test_what_is_wrong_is_pointed_at() -> None:
    with pytest.raises(CommandError) as refused:
        run("cats type:vidoe")
    said, query, mark = str(refused.value).splitlines()
    assert "image, animation or video" in said
    assert query[mark.index("^") :] == "vidoe"


def test_what_cannot_be_compared_with_is_said() -> None:
    with pytest.raises(CommandError, match="no meme 4711 here"):
        run("like:4711")
    with pytest.raises(CommandError, match="no user nobody"):
        run("cats", "--as-user", "nobody")
