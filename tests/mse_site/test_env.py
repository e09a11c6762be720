"""Reading settings from environment variables."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mse_site.env import BadSetting, Environment

ROOT = Path(__file__).parent.parent.parent
NAME = "MSE_X"
HERE = Path("/srv/memes")
READERS: dict[str, Callable[[Environment], object]] = {
    "raw": lambda env: env.raw(NAME),
    "text": lambda env: env.text(NAME, "a"),
    "flag": lambda env: env.flag(NAME, False),
    "integer": lambda env: env.integer(NAME, 1, minimum=0, maximum=64),
    "choice": lambda env: env.choice(NAME, "a", ["a", "b"]),
    "words": lambda env: env.words(NAME, ["a"]),
    "time_zone": lambda env: env.time_zone(NAME, "UTC"),
    "path": lambda env: env.path(NAME, HERE),
    "url": lambda env: env.url(NAME, ["redis", "unix"]),
    "bind": lambda env: env.bind(NAME, "127.0.0.1:8000"),
    "json_object": lambda env: env.json_object(NAME, {}),
}
readers = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def reading(read: Callable[[Environment], object], **variables: str) -> object:
    """What is read, or None when it was refused by name; any other exception is a failure."""
    try:
        return read(Environment(variables))
    except BadSetting as error:
        refusal = str(error)
    assert NAME in refusal
    return None


@readers
@given(value=st.text())
@example(value="~nobody-of-that-name/x")
@example(value="[" * 5000)
@example(value="redis://[")
@example(value="٣")
@example(value="9" * 5000)
@example(value='{"a": ' + "9" * 5000 + "}")
@example(value="a:99999")
@example(value="../UTC")
def test_junk_is_refused_by_the_name_of_its_variable(read: Callable[[Environment], object], value: str) -> None:
    reading(read, MSE_X=value)


@readers
@given(path=st.text(min_size=1))
@example(path="/")
@example(path="/proc/self/mem")
@example(path="a\x00b")
def test_a_file_that_cannot_be_read_is_refused_by_name(read: Callable[[Environment], object], path: str) -> None:
    reading(read, MSE_X_FILE=path)


@readers
def test_what_is_not_set_or_empty_takes_the_default(read: Callable[[Environment], object]) -> None:
    assert read(Environment({})) == read(Environment({NAME: ""})) == read(Environment({NAME: "  "}))


@given(value=st.integers())
def test_a_number_is_taken_within_its_bounds_alone(value: int) -> None:
    found = reading(READERS["integer"], MSE_X=str(value))
    assert found == (value if 0 <= value <= 64 else None)


@pytest.mark.parametrize("value", ["1.0", "1e1", "0x1", "1_0", "½", "١", "one", "+-1"])
def test_what_merely_looks_like_a_number_is_none(value: str) -> None:
    with pytest.raises(BadSetting, match="from 0 to 64"):
        READERS["integer"](Environment({NAME: value}))


@pytest.mark.parametrize(("value", "meant"), [("yes", True), ("ON", True), ("1", True), ("no", False), ("0", False)])
def test_yes_and_no_are_understood_in_the_usual_words(value: str, meant: bool) -> None:
    assert Environment({NAME: value}).flag(NAME, not meant) is meant


def test_words_are_divided_by_commas() -> None:
    assert Environment({NAME: " a, ,b,"}).words(NAME, []) == ["a", "b"]


@pytest.mark.parametrize("value", ["127.0.0.1:8000", "[::1]:80", "localhost:1", "my-host.example:65535"])
def test_an_address_to_listen_on_is_a_host_and_a_port(value: str) -> None:
    assert Environment({NAME: value}).bind(NAME, "") == value


@pytest.mark.parametrize("value", ["8000", "127.0.0.1", ":8000", "a:0", "a:65536", "::1:80", "a b:1", "a:1 x"])
def test_half_an_address_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match=NAME):
        Environment({NAME: value}).bind(NAME, "")


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n")
    assert Environment({f"{NAME}_FILE": str(tmp_path / "secret")}).raw(NAME) == "hunter2"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="both"):
        Environment({NAME: "a", f"{NAME}_FILE": "b"}).raw(NAME)


def test_a_path_begins_at_home_or_here() -> None:
    assert Environment({NAME: "~/memes"}).path(NAME, HERE) == Path.home() / "memes"
    assert Environment({NAME: "memes"}).path(NAME, HERE) == Path.cwd() / "memes"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MSE_DEBUG", "maybe"),
        ("MSE_SIGNUP", "everyone"),
        ("MSE_ENCODER", "nonsense:x"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "postgres://x?nonsense=1"),
        ("REDIS_URL", "http://x"),
        ("MSE_TIME_ZONE", "Mars/Olympus"),
        ("MSE_SECRET_KEY_FILE", "/nothing/here"),
    ],
)
def test_a_bad_setting_ends_every_command_in_one_line(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check"],
        env={**{key: kept for key, kept in os.environ.items() if key != "MSE_SECRET_KEY"}, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
