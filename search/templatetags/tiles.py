"""How a hit stands in a grid. Plain strings: sixty templates on every page took longer than the search.

Whatever people or pictures say goes through `escape`; the rest are numbers, and words and addresses of our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Self

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from search import addresses
from search.models import Meme
from search.retrieval import Hit, Results
from search.templatetags.memes import address, alt, clock, height_of_tile, icon
from search.templatetags.veils import unveil, veil

register = template.Library()

# Of a meme, all that its tile is made of.
COLUMNS = (
    "sha256", "private_to", "title", "kind", "width", "height", "duration_ms", "derived_at", "color", "text", "is_nsfw",
    "frame_count", "remote_url",
)  # fmt: skip
AT_ONCE = 8  # pictures that a browser should not wait with
DIVIDER = '<li class="divider"><span role="separator" aria-label="Weaker matches">Weaker matches</span></li>'
FEWEST_APART, MOST_APART = 4, 40  # memes by which results are set apart
PRIVATE = "Only you see this"


@register.simple_tag(takes_context=True)
def tiles(context: Mapping[str, Any], results: Results, offset: int) -> SafeString:
    """All of a page that begins at `offset`, with the line before the weaker ones."""
    places = _Places.here()
    written: list[str] = [_tile(context, hit, number, places) for number, hit in enumerate(results.hits, offset + 1)]
    if results.divider is not None:
        written.insert(results.divider, DIVIDER)
    return mark_safe("".join(written))


@register.simple_tag
def apart(results: Results | None, asked: Any, offset: int, alike: object) -> SafeString:
    """The place for the concepts that set results apart, with the way to them; it costs the page next to nothing."""
    if (
        results is None
        or offset
        or alike
        or not asked
        or asked.is_blank
        or asked.is_long
        or len(results.hits) < FEWEST_APART
    ):
        return SafeString("")
    ids = ",".join(str(hit.meme.pk) for hit in results.hits[:MOST_APART])
    href = escape(f"{reverse('concepts-apart')}?{asked.address}&ids={ids}")
    return mark_safe(f'<div class="apart-waits" data-apart><a href="{href}">What sets these apart</a></div>')


@register.simple_tag(takes_context=True)
def tile(context: Mapping[str, Any], hit: Hit, number: int) -> SafeString:
    """`number` is its place on the whole wall, from 1 on."""
    return mark_safe(_tile(context, hit, number, _Places.here()))


@dataclass(frozen=True)
class _Places:
    """Patterns of addresses, which Django would look up anew for each tile."""

    page: str
    media: str

    @classmethod
    def here(cls) -> Self:
        return cls(addresses.page_pattern(), addresses.media_pattern())

    def of_media(self, meme: Meme, variant: str) -> str:
        return self.media.format(meme.pk, meme.sha256[:8], variant)


def _tile(context: Mapping[str, Any], hit: Hit, number: int, places: _Places) -> str:
    meme, pk = hit.meme, hit.meme.pk
    why = _why(hit)
    marks = ("" if meme.derived_at or meme.remote_url else " is-waiting") + veil(context, meme)
    color = f";--c:{escape(meme.color)}" if meme.color else ""
    described = f' aria-describedby="why-{pk}"' if why else ""
    return (
        f'<li class="tile{marks}" style="--w:{meme.width or 1};--h:{height_of_tile(meme)}{color}" data-id="{pk}">\n'
        f'<a href="{places.page.format(pk)}"{described}>{_picture(meme, number, hit.frame, places)}</a>\n'
        f"{_badges(meme, places)}\n{unveil(context, meme)}{_copies(context, hit)}{why}</li>"
    )


def _picture(meme: Meme, number: int, frame: int | None, places: _Places) -> str:
    """Of a clip, the moment that answers the query, if one does."""
    if not meme.derived_at:
        title = escape(meme.title)
        if meme.remote_url:
            return f'<span class="waiting"><span class="titled">{title}</span>Not fetched yet</span>'
        return f'<span class="waiting">Not read yet</span><span class="visually-hidden">{title}</span>'
    waits = ' loading="lazy"' if number > AT_ONCE else ""
    shown = "thumbnail" if frame is None else f"frame-{frame}"
    return (
        f'<img src="{places.of_media(meme, shown)}" alt="{escape(alt(meme))}"'
        f' width="{meme.width}" height="{meme.height}" decoding="async"{waits}>'
    )


def _badges(meme: Meme, places: _Places) -> str:
    is_still = meme.kind == Meme.Kind.IMAGE
    if is_still and not meme.private_to_id:
        return ""
    private = plays = ""
    if meme.private_to_id:
        private = (
            f'<span class="badge" title="{PRIVATE}">{icon("lock")}<span class="visually-hidden">{PRIVATE}</span></span>'
        )
    if not is_still:
        original, length = places.of_media(meme, "original"), clock(meme.duration_ms)
        kind = escape(meme.kind)
        plays = f'<span class="badge" data-plays="{kind}" data-original="{original}">{icon("play")}{length}</span>'
    return f'<span class="badges">{private}{plays}</span>'


def _copies(context: Mapping[str, Any], hit: Hit) -> str:
    """How many more memes are the same picture, and the way to them: in these results, or among memes like this one."""
    if not hit.alike:
        return ""
    if results := context.get("results"):
        href = address(context, alike=hit.meme.pk, key=results.key, offset=None)
    else:
        href = f"{reverse('home')}?q=like:{hit.meme.pk}&alike={hit.meme.pk}"
    hidden = '<span class="visually-hidden">: show all of them</span>'
    return f'<span class="copies"><a class="badge" href="{escape(href)}">+{hit.alike} alike{hidden}</a></span>'


# --- why it was found ----------------------------------------------------------------------------------------------


def _why(hit: Hit) -> str:
    if hit.similarity is None and not hit.match and not hit.tastes:
        return ""
    return (
        f'<div class="why" id="why-{hit.meme.pk}"><div class="why-said">\n{_words(hit)}\n'
        f'<p class="why-measures">{_similarity(hit)}\n{_tastes(hit)}</p>\n</div></div>'
    )


def _words(hit: Hit) -> str:
    if hit.match is None:
        return ""
    where = "Called" if hit.match.source == "title" else "It says"
    line: SafeString = hit.match.html  # escaped where the marks were set
    return f'<p class="why-words"><span class="visually-hidden">{where}: </span><bdi>{line}</bdi></p>'


def _similarity(hit: Hit) -> str:
    if hit.similarity is None:
        return ""
    share = round(hit.similarity * 100)
    return (
        '<span title="Similarity"><span class="visually-hidden">Similarity </span>'
        f'<span class="why-bar" style="--share:{share}%" aria-hidden="true"></span>{share} %</span>'
    )


def _tastes(hit: Hit) -> str:
    # Adding zero makes of -0.00 what people write.
    return "".join(
        f"<span>{escape(name)} {'+' if value > 0 else ''}{round(value, 2) + 0.0:.2f}</span>"
        for name, value in hit.tastes.items()
    )
