"""The table of keys, `key:value`: the parser reads by it, autocomplete offers it, and docs/search.md is made from it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from search.query.forms import Choice, Embedding, Form, MemeNumber, Name, Order, Reference
from search.query.measures import Day, Measure, Share

LARGEST_PX = 10**9
LARGEST_BYTES = 10**15


class Role(Enum):
    TERM = "term"
    FILTER = "filter"
    SORT = "sort"


@dataclass(frozen=True)
class Key:
    """One key. `takes_many`: several values, with commas between them, of which one must hold."""

    name: str
    help: str  # ends the sentence "It finds memes ..." of filters, says what a term stands for
    example: str
    form: Form
    role: Role = Role.FILTER
    aliases: tuple[str, ...] = ()
    is_negatable: bool = False
    takes_many: bool = False
    is_single: bool = False  # at most once in a query


TERMS = (
    Key("about", "several words as one term, so that they can have a weight", 'about:"angry dogs"^0.5',
        Name("some words"), Role.TERM, is_negatable=True),
    Key("like", "what looks or means the same as a meme", "like:1234", MemeNumber(), Role.TERM, is_negatable=True),
    Key("picture", "what looks or means the same as a picture", "picture:4f1d0c5a9be27d31", Reference(),
        Role.TERM, is_negatable=True),
    Key("average", "what the memes of a collection have in common", 'average:"my best"',
        Name("the name of a collection, for somebody else's with its owner: bob/cats"), Role.TERM, is_negatable=True),
    Key("vector", "a raw embedding; in an address it has its own parameter, `e`", "vector:AAA8AAA0", Embedding(),
        Role.TERM, is_negatable=True),
)  # fmt: skip

FILTERS = (
    Key("type", "of this kind", "type:video,animation", Choice(("image", "animation", "video")),
        aliases=("kind",), is_negatable=True, takes_many=True),
    Key("source", "seen at this source, by its name or its kind (`folder`, `feed`, `upload`)", "source:folder",
        Name("the name of a source"), is_negatable=True, takes_many=True),
    Key("community", "posted in this community of their source", "community:lost_in_space",
        Name("the name of a community"), is_negatable=True, takes_many=True),
    Key("by", "posted or uploaded by this person", "by:tealeaf", Name("the name of an author"),
        aliases=("author",), is_negatable=True, takes_many=True),
    Key("tag", "with this tag", "tag:reaction", Name("a tag"), is_negatable=True, takes_many=True),
    Key("in", "in this collection", 'in:"my best"',
        Name("the name of a collection, for somebody else's with its owner: bob/cats"),
        aliases=("collection",), is_negatable=True, takes_many=True),
    Key("before", "from before this year, month or day: when it was posted, or else added", "before:2026-01", Day(),
        is_single=True),
    Key("after", "from this year, month or day on", "after:2026-01-15", Day(), is_single=True),
    Key("width", "this wide, in pixels", "width:>=1000",
        Measure("pixels, such as >=1000, <500 or 800..1200", LARGEST_PX)),
    Key("height", "this high, in pixels", "height:800..1200",
        Measure("pixels, such as >=1000, <500 or 800..1200", LARGEST_PX)),
    Key("size", "whose file is this large", "size:>2MB",
        Measure("a size of files, such as >2MB, <500kB or 1MB..5MB", LARGEST_BYTES, has_units=True)),
    Key("has", "that have words in the picture, sound, or a title", "has:text", Choice(("text", "sound", "title")),
        is_negatable=True, takes_many=True),
    Key("nsfw", "by whether they are marked as not safe for work", "nsfw:no", Choice(("no", "only", "any")),
        is_single=True),
)  # fmt: skip

SHARE = Share()
SORT = Key("sort", "another order than the closest first", "sort:new", Order(), Role.SORT, is_single=True)

_keys: dict[str, Key] = {key.name: key for key in (*TERMS, *FILTERS, SORT)}
_OWN = frozenset(_keys)


def register(key: Key) -> None:
    """Add a kind of term from elsewhere; its form reads and writes text. Safe to repeat with the same key.

    It is an order too, `sort:taste:useful`, and a filter where its value ends with a share, `taste:useful>=80%`.
    """
    if _keys.setdefault(key.name, key) != key or key.role is not Role.TERM:
        raise ValueError(f"{key.name}: cannot be registered as a kind of term")
    _join_orders()


def forget(name: str) -> None:
    """Take back what `register` added; a key that is not there is no error."""
    if name not in _OWN:
        _keys.pop(name, None)
    _join_orders()


def _join_orders() -> None:
    _keys[SORT.name] = replace(SORT, form=Order(tuple(name for name in _keys if name not in _OWN)))


def is_joined(key: Key) -> bool:
    """Whether `register` added it."""
    return key.name not in _OWN


def as_filter(key: Key, text: str) -> Key | None:
    """The filter that a joined kind of term is with this value; None when it is a term."""
    try:
        SHARE.read(text)
    except ValueError:
        return None
    return filter_of(key) if is_joined(key) else None


def filter_of(key: Key) -> Key:
    """What reads and writes the values of a filter by this key."""
    return replace(key, role=Role.FILTER, form=SHARE) if key.role is Role.TERM else key


def every_key() -> Iterator[Key]:
    """In the order of the table; registered kinds of term come last."""
    yield from _keys.values()


def find(name: str) -> Key | None:
    """By name or alias, in capitals or not."""
    wanted = name.lower()
    return _keys.get(wanted) or next((key for key in _keys.values() if wanted in key.aliases), None)


def closest(name: str) -> Key | None:
    """The key somebody may have meant by a name that is none."""
    wanted = name.lower()
    for key in _keys.values():
        if any(_is_slip(wanted, known) for known in (key.name, *key.aliases)):
            return key
    return None


def _is_slip(typed: str, known: str) -> bool:
    """One letter too many, too few, swapped or, in longer words, wrong. `life:hack` is no slip of `like:`."""
    if max(len(typed), len(known)) < 4 or typed[:1] != known[:1] or abs(len(typed) - len(known)) > 1:
        return False
    if len(typed) == len(known):
        wrong = [place for place, letter in enumerate(typed) if letter != known[place]]
        is_swapped = len(wrong) == 2 and typed[wrong[0]] == known[wrong[1]] and typed[wrong[1]] == known[wrong[0]]
        return is_swapped or (len(wrong) == 1 and len(known) > 4)
    longer, shorter = sorted((typed, known), key=len, reverse=True)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
