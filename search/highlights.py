"""Which words of a meme a query matched, as a line to show."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.safestring import SafeString

from search.models import Meme
from search.query import Query


@dataclass(frozen=True)
class Match:
    """Where the words of a query stand in a meme: `html` is escaped and has the words in <mark>."""

    html: SafeString
    source: Literal["title", "text"]
    is_all: bool


def highlight(memes: Iterable[Meme], query: Query) -> dict[int, Match]:
    """For each of `memes` in which words of `query` stand, by id, the line with most of them."""
    return {}
