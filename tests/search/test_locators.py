"""File names of any bytes survive the way into the database and back."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from search.locators import decode_path, encode_path, readable


@given(st.binary(min_size=1, max_size=80).filter(lambda raw: b"\x00" not in raw))
def test_any_file_name_survives(raw: bytes) -> None:
    path = Path(raw.decode("utf-8", "surrogateescape"))
    locator = encode_path(path)
    assert decode_path(locator) == path
    assert locator.isascii()
    assert "\n" not in locator


def test_plain_names_stay_readable() -> None:
    assert encode_path('sub folder/it\'s a "cat".jpg') == 'sub folder/it\'s a "cat".jpg'


def test_people_see_no_control_characters_and_no_broken_bytes() -> None:
    assert readable(encode_path(Path("new\nline"))) == "new line"
    assert readable("%FFcat") == "\ufffdcat"
    assert readable("caf%C3%A9") == "café"
