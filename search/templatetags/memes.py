"""How memes are written in templates: addresses, sizes, alternative texts, durations."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from search import addresses
from search.locators import readable
from search.models import Meme, Sighting, Source

register = template.Library()

# Beyond these, a tile would be a stripe: a comic of twenty screens, a panorama of one line. The meme page shows all of it.
TALLEST, FLATTEST = 2.4, 0.4  # height to width
ALT_LENGTH = 200  # characters; screen readers read all of them for every tile


@register.simple_tag
def media(meme: Meme, variant: str) -> str:
    return addresses.of_media(meme.pk, meme.sha256, variant)


@cache
def drawings() -> dict[str, str]:
    """The icons by name. They go into the page itself: from a file of their own they would appear after everything else."""
    path = finders.find("icons/sprite.svg")
    assert isinstance(path, str)
    return dict(re.findall(r'<symbol id="(\w+)" viewBox="0 0 24 24">(.*?)</symbol>', Path(path).read_text()))


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    drawing = mark_safe(drawings()[name])  # from a file of our own
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', drawing)


def height_of_tile(meme: Meme) -> int:
    """Square while nobody knows: of what was not fetched, not even the shape may be known."""
    return round(min(max(meme.height, FLATTEST * meme.width), TALLEST * meme.width)) or 1


@register.filter
def frame_box(meme: Meme) -> SafeString:
    """Size and colour of the frame, true whatever its shape, for a style attribute."""
    return format_html(
        "--w:{};--h:{}" + (";--c:{}" if meme.color else "{}"), meme.width or 1, meme.height or 1, meme.color
    )


@register.filter
def alt(meme: Meme) -> str:
    """What a meme is called and what it says."""
    said = " ".join(meme.text.split())
    if len(said) > ALT_LENGTH:
        said = said[:ALT_LENGTH].rsplit(" ", 1)[0] + " …"
    kind = "" if meme.kind == Meme.Kind.IMAGE else " (moving)"
    return ": ".join(part for part in (meme.title + kind, said) if part) or "A picture without words"


@register.filter
def clock(duration_ms: int | None) -> str:
    """90000 -> 1:30; less than a second counts as one."""
    seconds = max(1, round((duration_ms or 0) / 1000))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def points(quad: Sequence[Sequence[float]]) -> str:
    """The corners of a text box, as SVG wants them in a drawing of 1000 by 1000."""
    return " ".join(f"{x * 1000:.0f},{y * 1000:.0f}" for x, y in quad)


@register.filter
def found_at(sighting: Sighting) -> str:
    """Where in its source a meme was seen, for people; empty when that says nothing."""
    return readable(sighting.locator) if sighting.source.kind == Source.Kind.FOLDER else sighting.title


@register.filter
def web_address(sighting: Sighting) -> str:
    """Where a browser may go to see it; what a source calls an address need not be one."""
    return sighting.url if sighting.url.startswith(("https://", "http://")) else ""


@register.simple_tag
def fetches_pictures() -> bool:
    """Whether the site goes and gets pictures from addresses."""
    return bool(settings.SEARCH_PICTURE_FETCHER)


@register.simple_tag(takes_context=True)
def address(context: Mapping[str, Any], **changes: object) -> str:
    """The address of this page with some parameters changed; empty ones are left out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = str(value)
    return f"?{query.urlencode()}"
