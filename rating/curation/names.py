"""What a meme that is kept is called: typed by a person, or made by the pattern of its queue."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User
from django.db.models import Max

from rating.comparisons import Refused
from rating.models import CurationQueue, QueueItem, Verdict
from search import suggestions
from search.models import Meme, Sighting

LONGEST = 200  # characters
MOST_OFFERED = 8
PLACEHOLDERS = ("title", "text", "source", "community", "author", "date", "percentile", "number")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
# What no file name may have on some machine; the rest of a name is left as it was typed.
_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')


def checked(typed: str) -> str:
    """A name as a person wants it, with single spaces. Raises Refused for one that no file could have."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if len(name) > LONGEST:
        raise Refused(f"A name has at most {LONGEST} characters; this one has {len(name)}.")
    if _FORBIDDEN.search(name) or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise Refused('A name cannot contain any of / \\ : * ? " < > |')
    if name.startswith("."):
        raise Refused("A name cannot begin with a dot.")
    return name


def cleaned(text: str) -> str:
    """Whatever stands in a title or a text as a name that `checked` takes; empty if nothing is left of it."""
    plain = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", text).encode("utf-8", "ignore").decode())
    plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Cc")
    return " ".join(plain.split()).lstrip(". ")[:LONGEST].strip()


def unknown_placeholder(pattern: str) -> str:
    """The first thing in braces that means nothing; empty if there is none."""
    return next((name or "{}" for name in _PLACEHOLDER.findall(pattern) if name not in PLACEHOLDERS), "")


def made(queue: CurationQueue, items: Iterable[QueueItem]) -> dict[int, str]:
    """By item, the name that the pattern of the queue makes; empty where there is no pattern. Two questions to the database."""
    items = list(items)
    if not queue.name_pattern:
        return {item.pk: "" for item in items}
    ids = [item.meme_id for item in items]
    memes = Meme.objects.only("title", "text", "dated_at").in_bulk(ids)
    seen = Sighting.objects.filter(meme__in=ids).select_related("source").order_by("-pk")
    first_seen = {sighting.meme_id: sighting for sighting in seen}
    return {
        item.pk: cleaned(_filled(queue.name_pattern, _facts(item, memes.get(item.meme_id), first_seen)))
        for item in items
    }


def _facts(item: QueueItem, meme: Meme | None, seen: Mapping[int, Sighting]) -> dict[str, str]:
    sighting = seen.get(item.meme_id)
    return {
        "title": meme.title if meme else "",
        "text": " ".join(meme.text.split()[:8]) if meme else "",
        "source": sighting.source.name if sighting else "",
        "community": sighting.community if sighting else "",
        "author": sighting.author if sighting else "",
        "date": f"{meme.dated_at:%Y-%m-%d}" if meme else "",
        "percentile": f"{int(item.percentile)}",
        "number": str(item.meme_id),
    }


def _filled(pattern: str, facts: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: facts.get(match[1], ""), pattern)


def offered(user: User, typed: str) -> list[str]:
    """Names that were given in queues of `user` and begin so, the latest first, then tags; at most MOST_OFFERED."""
    begun = " ".join(typed.split())
    if "\0" in begun or len(begun) > LONGEST:
        return []
    given = Verdict.objects.standing().visible_to(user).exclude(name="").filter(name__istartswith=begun)
    names = given.values("name").annotate(latest=Max("decided_at")).order_by("-latest", "name")
    found = [row["name"] for row in names[:MOST_OFFERED]]
    return list(dict.fromkeys([*found, *suggestions.tags(user, begun)]))[:MOST_OFFERED]
