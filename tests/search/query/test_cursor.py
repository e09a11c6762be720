"""What is being typed at the cursor, `|` in these texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.query.cursor import at_cursor


@pytest.mark.parametrize(
    ("text", "key", "typed", "replaced"),
    [
        ("|", None, "", ""),
        ("so|", None, "so", "so"),
        ("cats -so|", None, "so", "so"),
        ("so|urce:x", None, "so", "source:"),
        ("type:|", "type", "", ""),
        ("cats -type:vi|", "type", "vi", "vi"),
        ("type:image,vi|", "type", "vi", "vi"),
        ("kind:v|", "type", "v", "v"),
        ("source:re|ddit cats", "source", "re", "reddit"),
        ('in:"my be|', "in", "my be", '"my be'),
        ('in:"my be|"', "in", "my be", '"my be"'),
        ('in:"a b","my be|', "in", "my be", '"my be'),
        ('"exact words" in:m|', "in", "m", "m"),
    ],
)
def test_a_key_or_a_value_is_completed(text: str, key: str | None, typed: str, replaced: str) -> None:
    partial = at_cursor(text.replace("|", ""), text.index("|"))
    assert partial is not None
    assert (partial.key and partial.key.name, partial.typed) == (key, typed)
    assert text.replace("|", "")[partial.start : partial.end] == replaced


@pytest.mark.parametrize("text", ["http:x|", '"exact wor|', "12:3|", "no:such|", "猫|"])
def test_text_is_not_completed(text: str) -> None:
    assert at_cursor(text.replace("|", ""), text.index("|")) is None


@settings(deadline=None)  # the machine may be busy
@given(st.text(alphabet='ab \\"-:,type', max_size=40), st.integers(-5, 50))
def test_a_suggestion_replaces_what_is_around_the_cursor(text: str, cursor: int) -> None:
    partial = at_cursor(text, cursor)
    inside = max(0, min(cursor, len(text)))
    assert partial is None or 0 <= partial.start <= inside <= partial.end <= len(text)
